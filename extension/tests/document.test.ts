import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { type NodeId, ROOT } from '../src/model/ids';
import { canonical } from '../src/model/tree';
import { type Editor, WriterError } from '../src/model/writer';
import { DocumentError, TeamDocument } from '../src/sync/document';
import { History, randomSteps, seeded } from './history';
import { drawn, id } from './tree-of';

const [A, B] = [id('A'), id('B')];
const random = seeded(1);
const create =
  (name: NodeId, title = '') =>
  (editor: Editor) =>
    void editor.create({ kind: 'f', parent: ROOT, after: null, id: name, title });

/** A document written by anybody but us. */
function foreign(write: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => write(doc));
  return Y.encodeStateAsUpdate(doc);
}

describe('a document', () => {
  test('gives one update for one action, and that update shows the same elsewhere', () => {
    const [ann, bob] = [new TeamDocument(), new TeamDocument()];
    const update = ann.edit((editor) => {
      create(A, 'one')(editor);
      create(B, 'two')(editor);
      editor.rename(A, 'three');
    }, random) as Uint8Array;
    bob.apply([update]);
    expect(drawn(bob.tree)).toEqual(['f B two', 'f A three']);
    expect(bob.state()).toEqual(ann.state());
  });

  test('gives no update for an action that changes nothing', () => {
    const document = new TeamDocument();
    document.edit(create(A, 'one'), random);
    expect(document.edit((editor) => editor.rename(A, 'one'), random)).toBeNull();
    expect(document.edit(() => {}, random)).toBeNull();
  });

  test('gives another tree only after a change, and leaves the one before as it was', () => {
    const document = new TeamDocument();
    document.edit(create(A), random);
    const before = document.tree;
    expect(document.tree).toBe(before);
    document.apply([document.state()]);
    expect(document.tree).toBe(before);
    document.edit((editor) => editor.rename(A, 'new'), random);
    expect(document.tree).not.toBe(before);
    expect(before.get(A)?.title).toBe('');
  });

  test('takes what it lacks from another by state vector', () => {
    const [ann, bob] = [new TeamDocument(), new TeamDocument()];
    ann.edit(create(A, 'one'), random);
    bob.apply([ann.missing(bob.stateVector())]);
    expect(drawn(bob.tree)).toEqual(['f A one']);
    expect(ann.missing(bob.stateVector())).toEqual(Uint8Array.of(0, 0));
  });

  test('keeps an update that came before its predecessor, over a reload', () => {
    const ann = new TeamDocument();
    const first = ann.edit(create(A, 'one'), random) as Uint8Array;
    const second = ann.edit((editor) => editor.rename(A, 'two'), random) as Uint8Array;
    const bob = new TeamDocument();
    bob.apply([second]);
    expect(drawn(bob.tree)).toEqual([]);
    const reloaded = new TeamDocument(bob.state());
    reloaded.apply([first]);
    expect(drawn(reloaded.tree)).toEqual(['f A two']);
  });

  test('never uses a client id twice', () => {
    const document = new TeamDocument();
    document.edit(create(A), random);
    const again = new TeamDocument(document.state());
    again.edit(create(B), random);
    expect(Y.decodeStateVector(again.stateVector()).size).toBe(2);
  });

  test('leaves maps and keys alone that it does not know', () => {
    const update = foreign((doc) => {
      doc.getMap('tags').set(A, 'later');
      doc.getMap('meta').set('colour', 'red');
      doc.getMap('n').set(A, ['f', 'a1 root', '', '', '', 'later']);
    });
    const document = new TeamDocument(update);
    document.edit((editor) => editor.rename(A, 'x'), random);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, document.state());
    expect(doc.getMap('tags').get(A)).toBe('later');
    expect(doc.getMap('meta').get('colour')).toBe('red');
    expect(doc.getMap('n').get(A)).toEqual(['f', 'a1 root', '', '', '', 'later']);
  });
});

describe('a schema', () => {
  test.each([
    ['2', true],
    ['10', true],
    ['1', false],
    ['0', false],
    ['', false],
    ['two', false],
    ['2.0', false],
    ['2\n', false],
    [2, false],
  ])('%j is too new: %j', (schema, tooNew) => {
    const document = new TeamDocument(foreign((doc) => doc.getMap('meta').set('schema', schema)));
    expect(document.schemaTooNew).toBe(tooNew);
  });

  test('that is too new is shown and not edited', () => {
    const document = new TeamDocument(
      foreign((doc) => {
        doc.getMap('meta').set('schema', '2');
        doc.getMap('n').set(A, ['f', 'a1 root', 'x']);
      }),
    );
    expect(drawn(document.tree)).toEqual(['f A x']);
    expect(() => document.edit(create(B), random)).toThrow(WriterError);
  });
});

describe('values of every type that Yjs knows', () => {
  const values: [string, () => unknown][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['a truth', () => true],
    ['an integer', () => 1],
    ['a fraction', () => 1.5],
    ['a BigInt', () => 2n ** 60n],
    ['bytes', () => Uint8Array.of(102)],
    ['an object', () => ({ a: 'f' })],
    ['a list of lists', () => [['f'], ['a1 root']]],
    ['a list with a number', () => ['f', 'a1 root', 1]],
    ['a list with a BigInt', () => ['f', 'a1 root', 1n]],
    ['a list with bytes', () => ['f', 'a1 root', Uint8Array.of(1)]],
    ['a shared text', () => new Y.Text('f')],
    ['a shared list', () => Y.Array.from(['f', 'a1 root', 'x'])],
    ['a shared map', () => new Y.Map([['0', 'f']])],
    ['an XML element', () => new Y.XmlElement('f')],
    ['a document', () => new Y.Doc()],
  ];

  test.each(values)('%s as a birth is no node', (_, value) => {
    const update = foreign((doc) => doc.getMap('n').set(A, value()));
    expect(drawn(new TeamDocument(update).tree)).toEqual([]);
  });

  test.each(values)('%s as an override gives way to the birth', (_, value) => {
    const update = foreign((doc) => {
      doc.getMap('n').set(A, ['b', 'a1 root', 'T', 'U']);
      for (const name of ['p', 't', 'u', 'x']) doc.getMap(name).set(A, value());
    });
    const document = new TeamDocument(update);
    expect(drawn(document.tree)).toEqual(['b A T U']);
    document.edit((editor) => editor.rename(A, 'mine'), random);
    expect(drawn(document.tree)).toEqual(['b A mine U']);
  });

  test('a list where a map is expected is not looked at', () => {
    const update = foreign((doc) => {
      doc.getArray('n').insert(0, [['f', 'a1 root', 'x']]);
      doc.getText('t').insert(0, 'text');
    });
    expect(drawn(new TeamDocument(update).tree)).toEqual([]);
  });

  test('a run of text under a key is that text, as on the hub', () => {
    const update = foreign((doc) => {
      doc.getMap('n').set(A, ['f', 'a1 root', 'birth']);
      const key = doc.getMap('t');
      doc.transact((transaction) => {
        const at = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID));
        const text = new Y.ContentString('override');
        new Y.Item(at, null, null, null, null, key as never, A, text).integrate(transaction, 0);
      });
    });
    expect(drawn(new TeamDocument(update).tree)).toEqual(['f A override']);
  });
});

describe('bytes that are no update', () => {
  test.each([
    ['nothing', Uint8Array.of()],
    ['a text', new TextEncoder().encode('{"hello": "world"}')],
    ['one that ends early', Uint8Array.of(1, 1, 5, 0)],
    // One item of client 5 whose left neighbour is said to be itself.
    ['an item beside itself', Uint8Array.of(1, 1, 5, 0, 0x88, 5, 0, 1, 0x7e, 0)],
    ['a deletion of nothing', Uint8Array.of(0, 1, 5, 1, 0, 0)],
    // An item of client 5, a list under the name "n"; then a deletion at 15 × 2^56, where adding one makes no difference.
    [
      'an item and a deletion beyond all numbers',
      Uint8Array.of(1, 1, 5, 0, 8, 1, 1, 0x6e, 1, 0x7e, 1, 5, 1, ...Array(8).fill(0x80), 15, 1),
    ],
  ])('%s are refused', (_, bytes) => {
    const document = new TeamDocument();
    document.edit(create(A, 'x'), random);
    const before = document.state();
    expect(() => document.apply([bytes])).toThrow(DocumentError);
    expect(document.state()).toEqual(before);
  });

  test('among others keep all of them out', () => {
    const update = new TeamDocument().edit(create(A), random) as Uint8Array;
    const document = new TeamDocument();
    expect(() => document.apply([update, Uint8Array.of(9)])).toThrow(DocumentError);
    expect(drawn(document.tree)).toEqual([]);
  });

  test('are no state and no state vector either', () => {
    expect(() => new TeamDocument(Uint8Array.of(9, 9))).toThrow(DocumentError);
    expect(() => new TeamDocument().missing(Uint8Array.of(9, 9))).toThrow(DocumentError);
  });

  test('made by damaging good ones are taken whole or not at all, and never break the document', () => {
    const { replicas, steps } = randomSteps(11);
    const history = new History(replicas, 11).play(steps);
    history.settle();
    const good = (history.replicas[0] as TeamDocument).state();
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.boolean(), (changes, empty) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const document = new TeamDocument(empty ? undefined : good);
        const before = document.state();
        try {
          document.apply([bytes]);
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentError);
          expect(document.state()).toEqual(before);
        }
        canonical(document.tree);
        document.edit(create(A), random);
        expect(document.tree.get(A)?.visible).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
