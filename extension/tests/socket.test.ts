import { beforeEach, describe, expect, test } from 'vitest';
import { HubError } from '../src/hub/http';
import { GRACE_MS, HEARTBEAT_MS, HubSocket } from '../src/hub/socket';
import { pong } from '../src/sync/frames';
import { Session } from '../src/sync/session';
import { FakeWire } from './fake-wire';
import { World } from './world';

const URL = 'ws://hub/sync';
let world: World;
let wires: FakeWire[];
let asked: (string | undefined)[];
let token: () => Promise<string>;
let beats: number;
let socket: HubSocket;
/** How much longer the machine's clock went on than its timers. */
let slept: number;

beforeEach(() => {
  world = new World(1);
  wires = [];
  asked = [];
  beats = 0;
  slept = 0;
  token = async () => `token-${asked.length}`;
  socket = new HubSocket({
    session: new Session(),
    dial: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    token: (refused) => {
      asked.push(refused);
      return token();
    },
    run: () => undefined,
    changed: () => undefined,
    beat: () => {
      beats += 1;
    },
    timers: { after: world.after },
    now: () => world.now + slept,
    random: () => 1,
  });
});

const last = () => wires.at(-1) as FakeWire;

async function online(): Promise<FakeWire> {
  socket.start(URL);
  await world.pass(0);
  last().onopen?.();
  return last();
}

describe('alive', () => {
  test('an answered heartbeat keeps the socket for ever', async () => {
    const wire = await online();
    for (let n = 0; n < 50; n++) {
      await world.pass(HEARTBEAT_MS);
      wire.say(pong);
    }
    expect({ state: socket.connection, wires: wires.length }).toEqual({ state: 'online', wires: 1 });
    expect(wire.pings).toBe(50);
  });

  test('heartbeats go on while the hub talks all the time, because only they keep Firefox awake', async () => {
    const wire = await online();
    for (let n = 0; n < 60; n++) {
      await world.pass(1_000);
      wire.say(pong);
    }
    expect(beats).toBeGreaterThanOrEqual(2);
  });

  test('a dead socket is given up 25 seconds after its last sign of life at the latest', async () => {
    const wire = await online();
    await world.pass(HEARTBEAT_MS + GRACE_MS);
    expect({ state: socket.connection, closed: wire.closed }).toEqual({ state: 'offline', closed: true });
    expect(HEARTBEAT_MS + GRACE_MS).toBeLessThanOrEqual(25_000);
  });

  test('a socket that never opens is given up', async () => {
    socket.start(URL);
    await world.pass(10_000);
    expect(socket.connection).toBe('offline');
  });
});

describe('a machine that has slept', () => {
  const HOURS = 8 * 3_600_000;

  test('has its socket tried when it wakes, and given up if nothing answers', async () => {
    const wire = await online();
    slept = HOURS;
    socket.nudge();
    expect(wire.pings).toBe(1);
    await world.pass(GRACE_MS);
    expect({ state: socket.connection, closed: wire.closed }).toEqual({ state: 'offline', closed: true });
  });

  test('keeps a socket that answers', async () => {
    const wire = await online();
    slept = HOURS;
    socket.nudge();
    wire.say(pong);
    await world.pass(HEARTBEAT_MS - 1);
    expect({ state: socket.connection, pings: wire.pings }).toEqual({ state: 'online', pings: 1 });
  });

  test('tries its socket once, however often it is looked at meanwhile', async () => {
    const wire = await online();
    slept = HOURS;
    for (let n = 0; n < 5; n++) socket.nudge();
    expect(wire.pings).toBe(1);
  });

  test('whose clock was set back is not troubled', async () => {
    const wire = await online();
    slept = -HOURS;
    socket.nudge();
    await world.pass(0);
    expect({ state: socket.connection, pings: wire.pings }).toEqual({ state: 'online', pings: 0 });
  });
});

test('a socket that was heard of a moment ago is left alone when somebody looks', async () => {
  const wire = await online();
  await world.pass(HEARTBEAT_MS - 1_000);
  socket.nudge();
  expect(wire.pings).toBe(0);
});

describe('coming back', () => {
  test('pauses grow and end at half a minute', async () => {
    const pauses: number[] = [];
    socket.start(URL);
    await world.pass(0);
    for (let n = 0; n < 8; n++) {
      last().onclose?.({ code: 1006 });
      const [from, tries] = [world.now, wires.length];
      while (wires.length === tries) await world.pass(250);
      pauses.push(world.now - from);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('a hub that accepts and hangs up without a word is not knocked at any faster', async () => {
    for (let n = 0; n < 3; n++) {
      const wire = await online();
      wire.onclose?.({ code: 1012 });
      await world.pass(30_000);
    }
    const wire = last();
    wire.onopen?.();
    wire.onclose?.({ code: 1012 });
    const tries = wires.length;
    await world.pass(3_900);
    expect(wires.length).toBe(tries);
  });

  test('one word of the hub makes the next pause short again', async () => {
    socket.start(URL);
    await world.pass(0);
    for (let n = 0; n < 5; n++) {
      last().onclose?.({ code: 1006 });
      await world.pass(30_000);
    }
    last().onopen?.();
    last().say(pong);
    last().onclose?.({ code: 1006 });
    const tries = wires.length;
    await world.pass(1_000);
    expect(wires.length).toBe(tries + 1);
  });

  test('a nudge ends the pause', async () => {
    await online();
    last().onclose?.({ code: 1006 });
    socket.nudge();
    await world.pass(0);
    expect(wires.length).toBe(2);
  });

  test('a hub that does not take the token is asked again with a fresh one', async () => {
    await online();
    last().onclose?.({ code: 4401 });
    await world.pass(1_000);
    expect(asked).toEqual([undefined, 'token-1']);
  });

  test('bytes that no hub sends end the connection, and another is tried', async () => {
    const wire = await online();
    wire.say(Uint8Array.of(200));
    expect(wire.closed).toBe(true);
    await world.pass(1_000);
    expect(wires.length).toBe(2);
  });
});

describe('ending', () => {
  test('a session that is over is not knocked with', async () => {
    token = () => Promise.reject(new HubError('session-ended', '', 401));
    socket.start(URL);
    await world.pass(600_000);
    expect({ state: socket.connection, tries: asked.length }).toEqual({ state: 'off', tries: 1 });
  });

  test('a hub that gives no token for now is tried again', async () => {
    token = () => Promise.reject(new HubError('unavailable', '', 503));
    socket.start(URL);
    await world.pass(1_000);
    expect({ state: socket.connection, tries: asked.length }).toEqual({ state: 'offline', tries: 2 });
  });

  test('stopped while the token is on its way, nothing is dialled', async () => {
    let give: (token: string) => void = () => undefined;
    token = () =>
      new Promise((resolve) => {
        give = resolve;
      });
    socket.start(URL);
    socket.stop();
    give('late');
    await world.pass(0);
    expect({ state: socket.connection, wires: wires.length }).toEqual({ state: 'off', wires: 0 });
  });

  test('after a stop nothing happens any more', async () => {
    const wire = await online();
    socket.stop();
    await world.pass(600_000);
    expect({ closed: wire.closed, wires: wires.length, beats }).toEqual({ closed: true, wires: 1, beats: 0 });
  });
});
