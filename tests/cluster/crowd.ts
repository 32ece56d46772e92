/** Writers of all three kinds on several documents, through whichever hub the balancer gives them. */
import { setTimeout as pause } from 'node:timers/promises';
import * as Y from 'yjs';
import type { Chance } from '../support/chance';
import type { Entrance, Person, Team } from '../support/hub';
import { HocuspocusClient, type Pauses } from './hocuspocus';
import { TeammarksClient } from './teammarks';
import type { Writer } from './writer';
import { YWebsocketWriter } from './y-websocket';

export interface Size {
  documents: number;
  /** Clients of each kind. All of them write all documents. */
  each: number;
}

/** Pauses of a stock client for the tests: its own begin with a second. */
const SWIFT = { delay: 100, minDelay: 100, maxDelay: 500 };
/** Between two edits of one writer, at most. */
const PAUSE_MS = 80;
/** Of a writer that is not connected, so many edits in a hundred are made all the same. */
const OFFLINE = 10;

export class Crowd {
  readonly writers: Writer[] = [];
  private readonly clients: { close(): void }[] = [];
  private writing: Promise<unknown> = Promise.resolve();
  private resting = false;

  private constructor(
    readonly person: Person,
    readonly teams: readonly Team[],
    private readonly hub: string,
    private readonly chance: Chance,
  ) {}

  /** A new person with new teams, and clients that are not connected yet. */
  static async gather(entrance: Entrance, hub: string, chance: Chance, size: Size): Promise<Crowd> {
    const person = await entrance.person('Ann');
    const first = await person.createTeam('Team 1');
    const teams = [first];
    while (teams.length < size.documents)
      teams.push(await person.addTeam(first.organizationId, `Team ${teams.length + 1}`));
    const crowd = new Crowd(person, teams, hub, chance);
    for (let count = 1; count <= size.each; count += 1) {
      crowd.addHocuspocus(`h${count}`);
      crowd.addTeammarks(`t${count}`);
      for (const team of teams) crowd.addYWebsocket(`y${count}`, team.id);
    }
    return crowd;
  }

  get documents(): string[] {
    return this.teams.map(({ id }) => id);
  }

  get live(): boolean {
    return this.writers.every((writer) => writer.live);
  }

  get settled(): boolean {
    return this.writers.every((writer) => writer.settled);
  }

  get connections(): number {
    return this.writers.reduce((sum, writer) => sum + writer.connections, 0);
  }

  get complaints(): string[] {
    return this.writers.flatMap(({ name, complaints }) => complaints.map((words) => `${name}: ${words}`));
  }

  of(document: string): Writer[] {
    return this.writers.filter((writer) => writer.document === document);
  }

  addHocuspocus(name: string, documents = this.documents, pauses: Pauses = SWIFT): Writer[] {
    const client = new HocuspocusClient(name, documents, this.hub, () => this.person.token, pauses);
    return this.add(client, client.writers);
  }

  addTeammarks(name: string, documents = this.documents): Writer[] {
    const token = async () => this.person.token;
    const client = new TeammarksClient(name, documents, this.hub, token, this.chance);
    return this.add(client, client.writers);
  }

  addYWebsocket(name: string, document: string, hub = this.hub): YWebsocketWriter {
    const writer = new YWebsocketWriter(name, document, hub, this.person.token);
    this.add(writer, [writer]);
    return writer;
  }

  /** Everybody writes, until `rest`. */
  write(): void {
    this.resting = false;
    this.writing = Promise.all(this.writers.map((writer) => this.pace(writer)));
  }

  async rest(): Promise<void> {
    this.resting = true;
    await this.writing;
  }

  nudge(): void {
    for (const writer of this.writers) if (!writer.live) writer.nudge();
  }

  /**
   * What each document must hold by what everybody has heard so far, author by author: own edits that were
   * acknowledged, and whatever others wrote that has arrived, because the hub stores first and tells afterwards.
   */
  promised(document: string): Promised[] {
    const promises: Promised[] = [];
    for (const writer of this.of(document)) {
      const own = new Set(writer.edits.map(({ client }) => client));
      for (const { text, client, end, acknowledged } of writer.edits)
        if (acknowledged) promises.push({ what: `${text}, acknowledged`, client, end });
      for (const [client, end] of Y.decodeStateVector(writer.stateVector()))
        if (!own.has(client))
          promises.push({ what: `what ${writer.name} was told of ${client}`, client, end });
    }
    return promises;
  }

  /** Edits that were acknowledged; those of a client that hears no acknowledgements count when another has them. */
  get acknowledged(): number {
    let count = 0;
    for (const document of this.documents) {
      const writers = this.of(document);
      const replicas = writers.map((writer) => [writer, Y.decodeStateVector(writer.stateVector())] as const);
      for (const writer of writers)
        for (const { client, end, acknowledged } of writer.edits)
          if (
            acknowledged ||
            (writer.kind === 'y-websocket' &&
              replicas.some(([other, vector]) => other !== writer && (vector.get(client) ?? 0) >= end))
          )
            count += 1;
    }
    return count;
  }

  close(): void {
    this.resting = true;
    for (const client of this.clients) client.close();
  }

  private add<W extends Writer>(client: { close(): void }, writers: W[]): W[] {
    this.clients.push(client);
    this.writers.push(...writers);
    return writers;
  }

  private async pace(writer: Writer): Promise<void> {
    while (!this.resting) {
      if (writer.live || this.chance.percent(OFFLINE)) writer.edit();
      await pause(this.chance.below(PAUSE_MS));
    }
  }
}

/** An author's writing up to `end` is in the log, or a promise is broken. */
export interface Promised {
  what: string;
  client: number;
  end: number;
}
