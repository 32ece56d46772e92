// Uses the link from a letter, or asks for another one. Its token is after the #, so it is sent only when a person says
// so: programs that look into mail open links too, and must not use them up.
const use = document.getElementById('use');
const ask = document.getElementById('ask');
const told = document.getElementById('told');
const GONE = 410;
let busy = false;

function show() {
  const complete = location.hash.length > 1;
  use.hidden = !complete;
  ask.hidden = complete;
  told.textContent = '';
}

async function send(form, more) {
  if (busy) return;
  busy = true;
  told.textContent = '';
  try {
    const answer = await fetch(form.dataset.path, {
      method: form.dataset.method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), ...more }),
    });
    if (answer.ok) {
      form.hidden = true;
      told.textContent = form.dataset.done;
      history.replaceState(null, '', location.pathname);
    } else {
      told.textContent = (await answer.json()).detail;
      if (answer.status === GONE) {
        use.hidden = true;
        ask.hidden = false;
      }
    }
  } catch {
    told.textContent = 'The hub does not answer. Try again in a minute.';
  } finally {
    busy = false;
  }
}

use.addEventListener('submit', (event) => {
  event.preventDefault();
  send(use, { token: location.hash.slice(1) });
});
ask.addEventListener('submit', (event) => {
  event.preventDefault();
  send(ask);
});
addEventListener('hashchange', show);
show();
