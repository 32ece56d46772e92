/** The extension's own document, session and socket as writers, with Node's WebSocket and timers below them. */
import WebSocket from 'ws';
import * as Y from 'yjs';
import { type Errand, HubSocket, type Wire } from '../../extension/src/hub/socket';
import { ROOT } from '../../extension/src/model/ids';
import { TeamDocument } from '../../extension/src/sync/document';
import { Session } from '../../extension/src/sync/session';
import type { Chance } from '../support/chance';
import { type Edit, Writer } from './writer';

export class TeammarksClient {
  readonly writers: TeammarksWriter[];
  readonly session = new Session();
  readonly socket: HubSocket;

  constructor(
    name: string,
    documents: readonly string[],
    hub: string,
    token: (refused?: string) => Promise<string>,
    readonly chance: Chance,
  ) {
    this.socket = new HubSocket({
      session: this.session,
      dial,
      token,
      run: (errand) => this.run(errand),
      changed: () => {
        for (const writer of this.writers) writer.note();
      },
      beat: () => undefined,
      timers: {
        after(ms, action) {
          const timer = setTimeout(action, ms);
          return () => clearTimeout(timer);
        },
      },
      now: () => Date.now(),
      random: () => chance.below(1_000) / 1_000,
    });
    this.writers = documents.map((document) => new TeammarksWriter(name, document, this));
    for (const writer of this.writers) this.session.open(writer.document, () => writer.stateVector());
    this.socket.start(`${hub}/sync`);
  }

  close(): void {
    this.socket.stop();
  }

  private run(errand: Errand): void {
    if (errand.do === 'notice') return;
    for (const writer of this.writers) if (writer.document === errand.address) writer.run(errand);
  }
}

/** As a service worker has it, whose WebSocket needs no listener for errors. */
function dial(url: string): Wire {
  const socket = new WebSocket(url);
  socket.on('error', () => undefined);
  return socket as unknown as Wire;
}

export class TeammarksWriter extends Writer {
  readonly kind = 'teammarks';
  private readonly team = new TeamDocument();
  private wasOnline = false;

  constructor(
    name: string,
    document: string,
    private readonly client: TeammarksClient,
  ) {
    super(name, document);
  }

  get live(): boolean {
    return this.client.socket.connection === 'online' && this.caughtUp;
  }

  get settled(): boolean {
    return this.client.session.progress(this.document).settled;
  }

  private caughtUp = false;

  run(errand: Exclude<Errand, { do: 'notice' }>): void {
    if (errand.do === 'apply') this.team.apply([errand.update]);
    else if (errand.do === 'caught-up') this.caughtUp = true;
    else if (errand.do === 'answer') {
      const missing = this.team.missing(errand.stateVector);
      this.client.socket.perform(this.client.session.reply(this.document, errand.connection, missing));
    } else if (errand.do !== 'access') this.complaints.push(errand.do);
  }

  /** The session has moved: whatever it does not wait for any more is acknowledged. */
  note(): void {
    const online = this.client.socket.connection === 'online';
    if (online && !this.wasOnline) this.connections += 1;
    if (!online) this.caughtUp = false;
    this.wasOnline = online;
    const acknowledged = this.edits.length - this.client.session.progress(this.document).waiting;
    for (let at = acknowledged - 1; at >= 0; at -= 1) {
      const edit = this.edits[at];
      if (!edit || edit.acknowledged) break;
      edit.acknowledged = true;
    }
  }

  override nudge(): void {
    this.client.socket.nudge();
  }

  state(): Uint8Array {
    return this.team.state();
  }

  stateVector(): Uint8Array {
    return this.team.stateVector();
  }

  close(): void {
    this.client.close();
  }

  protected write(text: string): Pick<Edit, 'client' | 'end'> {
    const url = `https://example.com/${encodeURIComponent(text)}`;
    const update = this.team.edit(
      (editor) => editor.create({ kind: 'b', parent: ROOT, after: null, title: text, url }),
      this.client.chance.bytes,
    );
    if (!update) throw new Error('expected a bookmark to change something');
    const [[client, end] = [0, 0]] = Y.parseUpdateMeta(update).to;
    this.client.socket.perform(this.client.session.update(this.document, update));
    return { client, end };
  }
}
