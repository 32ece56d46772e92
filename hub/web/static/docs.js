// Shows what /openapi.json says and sends what a person asks for. Everything is written as text, nothing as markup.
const token = document.getElementById('token');
const told = document.getElementById('told');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const DEEPEST = 6;
let description;

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function resolved(schema) {
  if (!schema?.$ref) return schema ?? {};
  const { $ref, ...rest } = schema;
  return { ...description.components.schemas[$ref.split('/').pop()], ...rest };
}

/** The schema with what it refers to put in its place. */
function whole(schema, depth = 0) {
  const here = resolved(schema);
  if (depth > DEEPEST || typeof here !== 'object' || here === null) return here;
  const entries = Object.entries(here).map(([key, value]) => {
    if (key === 'properties') {
      return [
        key,
        Object.fromEntries(Object.entries(value).map(([name, part]) => [name, whole(part, depth + 1)])),
      ];
    }
    if (key === 'items') return [key, whole(value, depth + 1)];
    if (key === 'anyOf' || key === 'allOf' || key === 'oneOf')
      return [key, value.map((part) => whole(part, depth + 1))];
    return [key, value];
  });
  return Object.fromEntries(entries);
}

/** Something to begin with. */
function example(schema, depth = 0) {
  const here = resolved(schema);
  if ('default' in here) return here.default;
  if (here.const !== undefined) return here.const;
  if (here.enum) return here.enum[0];
  const choice = here.anyOf ?? here.oneOf ?? here.allOf;
  if (choice) return example(choice[0], depth);
  if (depth > DEEPEST) return null;
  if (here.type === 'object') {
    const wanted = Object.entries(here.properties ?? {}).filter(([name]) => here.required?.includes(name));
    return Object.fromEntries(wanted.map(([name, part]) => [name, example(part, depth + 1)]));
  }
  return (
    { array: [], integer: here.minimum ?? 0, number: here.minimum ?? 0, boolean: false, null: null }[
      here.type
    ] ?? ''
  );
}

function field(parameter) {
  const schema = resolved(parameter.schema);
  const choices = schema.enum ?? (schema.type === 'boolean' ? ['true', 'false'] : null);
  const input = choices
    ? make(
        'select',
        {},
        make('option', { value: '', textContent: '–' }),
        ...choices.map((value) => make('option', { value, textContent: value })),
      )
    : make('input', { autocomplete: 'off', spellcheck: false });
  input.required = parameter.in === 'path';
  input.dataset.in = parameter.in;
  input.name = parameter.name;
  const label = make('label', {}, `${parameter.name} `);
  label.append(
    make('small', {
      className: 'said',
      textContent: [parameter.in, parameter.description?.replaceAll('`', '')].filter(Boolean).join(': '),
    }),
  );
  label.append(input);
  return label;
}

function schemaShown(title, schema) {
  return make(
    'details',
    {},
    make('summary', { textContent: title }),
    make('pre', { tabIndex: 0, textContent: JSON.stringify(whole(schema), null, 2) }),
  );
}

function answersShown(responses) {
  const rows = Object.entries(responses).map(([status, answer]) => {
    const headers = Object.keys(answer.headers ?? {});
    const says = [
      answer.description.replaceAll('`', ''),
      headers.length ? `(headers: ${headers.join(', ')})` : '',
    ];
    return make(
      'tr',
      {},
      make('th', { scope: 'row', textContent: status }),
      make('td', { textContent: says.filter(Boolean).join(' ') }),
    );
  });
  return make(
    'table',
    {},
    make('caption', { textContent: 'Answers', className: 'said' }),
    make('tbody', {}, ...rows),
  );
}

function request(method, path, form) {
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const input of form.querySelectorAll('[data-in]')) {
    if (input.value === '') continue;
    if (input.dataset.in === 'path')
      address = address.replace(`{${input.name}}`, encodeURIComponent(input.value));
    if (input.dataset.in === 'query') query.append(input.name, input.value);
    if (input.dataset.in === 'header') headers[input.name] = input.value;
  }
  if (token.value) headers.Authorization = `Bearer ${token.value.trim()}`;
  const body = form.querySelector('textarea')?.value.trim();
  if (body) headers['Content-Type'] = 'application/json';
  const asked = query.size ? `${address}?${query}` : address;
  return [
    asked.slice(1),
    { method: method.toUpperCase(), headers, body: body || undefined, cache: 'no-store' },
  ];
}

async function show(where, asked, options) {
  where.hidden = false;
  where.textContent = 'Sent …';
  try {
    const answer = await fetch(asked, options);
    const text = await answer.text();
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const json = /^application\/(problem\+)?json/.test(answer.headers.get('content-type') ?? '');
    const shown = json && text ? JSON.stringify(JSON.parse(text), null, 2) : text;
    where.textContent = `${options.method} /${asked}\n${answer.status} ${answer.statusText}\n${headers}\n\n${shown}`;
  } catch {
    where.textContent = 'The hub does not answer. Try again in a minute.';
  }
}

function filled(details, method, path, operation) {
  const body = operation.requestBody?.content['application/json']?.schema;
  const answer = make('pre', { hidden: true, tabIndex: 0 });
  answer.setAttribute('role', 'status');
  const form = make(
    'form',
    {},
    make('div', { className: 'fields' }, ...(operation.parameters ?? []).map(field)),
  );
  if (body) {
    const text = make('textarea', {
      rows: 6,
      spellcheck: false,
      value: JSON.stringify(example(body), null, 2),
    });
    form.append(make('label', {}, 'Body', text), schemaShown('What the body may be', body));
  }
  form.append(make('p', {}, make('button', { type: 'submit', textContent: 'Send' })));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    show(answer, ...request(method, path, form));
  });
  const [status, good] = Object.entries(operation.responses).find(([code]) => code.startsWith('2')) ?? [];
  const schema = good?.content?.['application/json']?.schema;
  details.append(
    make('p', { textContent: (operation.description ?? '').replaceAll('`', '') }),
    make('p', { className: 'said', textContent: operation.security ? 'Needs a token.' : 'Needs no token.' }),
    form,
    answer,
    answersShown(operation.responses),
    ...(schema ? [schemaShown(`What ${status} answers`, schema)] : []),
  );
}

function operationShown(method, path, operation) {
  const summary = make(
    'summary',
    {},
    make('span', { className: 'method', textContent: method.toUpperCase() }),
    make('code', { textContent: path }),
    make('span', { className: 'said', textContent: ` ${operation.summary}` }),
  );
  const details = make('details', { id: operation.operationId }, summary);
  details.dataset.text = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
  details.addEventListener(
    'toggle',
    () => details.childElementCount === 1 && filled(details, method, path, operation),
  );
  return details;
}

function find() {
  const words = document.getElementById('wanted').value.toLowerCase();
  for (const section of document.querySelectorAll('section')) {
    const found = [...section.querySelectorAll(':scope > details')];
    for (const details of found) details.hidden = !details.dataset.text.includes(words);
    section.hidden = found.every((details) => details.hidden);
  }
}

async function begin() {
  const about = document.getElementById('about');
  try {
    description = await (await fetch('openapi.json')).json();
  } catch {
    about.textContent = 'The hub does not answer. Open this page again in a minute.';
    return;
  }
  const groups = new Map();
  let count = 0;
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((name) => operations[name])) {
      const tag = operations[method].tags?.[0] ?? 'other';
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationShown(method, path, operations[method]));
      count += 1;
    }
  }
  for (const [tag, shown] of groups) {
    const heading = make('h2', { id: `tag-${tag}`, textContent: tag[0].toUpperCase() + tag.slice(1) });
    const section = make('section', {}, heading, ...shown);
    section.setAttribute('aria-labelledby', heading.id);
    document.getElementById('operations').append(section);
  }
  about.replaceChildren(
    `${description.info.title} ${description.info.version}: ${count} operations, from `,
    make('a', { href: 'openapi.json', textContent: 'openapi.json' }),
    '.',
  );
  document.getElementById('search').hidden = false;
  if (location.hash) {
    const wanted = document.getElementById(location.hash.slice(1));
    if (wanted?.tagName === 'DETAILS') wanted.open = true;
    wanted?.scrollIntoView();
  }
}

document.getElementById('wanted').addEventListener('input', find);
document.getElementById('log-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { otp, ...credentials } = Object.fromEntries(new FormData(event.target));
  told.textContent = '';
  try {
    const answer = await fetch('api/v1/sessions', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...credentials, ...(otp ? { otp } : {}), device: 'REST API page' }),
    });
    const said = await answer.json();
    if (answer.ok) {
      event.target.reset();
      token.value = said.access_token;
      told.textContent = `Logged in as ${said.account.display_name}, for ten minutes.`;
    } else {
      told.textContent = said.detail;
    }
  } catch {
    told.textContent = 'The hub does not answer. Try again in a minute.';
  }
});
begin();
