import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { LONG, onCluster } from './case';
import { redis } from './messages';

const underFaults = onCluster();

underFaults('three in ten messages are lost, doubled, late or falsified', async (trial, { weather }) => {
  weather.messages = 30;
  for (let round = 0; round < 5; round += 1) {
    await trial.progress(5);
    // What the last messages lacked is found without any further word.
    await trial.crowd.rest();
    await trial.converged();
    trial.crowd.write();
  }
  expect(weather.struck).toBeGreaterThan(0);
});

underFaults(
  'Redis is away for a while, and everybody still hears of everything',
  async (trial, { valkey }) => {
    await trial.progress();
    await trial.kill(valkey);
    if (LONG) await pause(60_000);
    await trial.progress(10);
    await trial.crowd.rest();
    await trial.converged();
    trial.crowd.write();
    await valkey.run();
    await trial.progress();
  },
  { again: 3 },
);

underFaults('Redis is emptied, and forgets who listens', async (trial, { valkey }) => {
  for (let round = 0; round < 3; round += 1) {
    await trial.progress();
    await redis(valkey.port, 'FLUSHALL');
    await redis(valkey.port, 'CLIENT', 'KILL', 'TYPE', round % 2 ? 'normal' : 'pubsub');
    trial.faults += 2;
  }
});

underFaults('Redis lies', async (trial, { valkey, chance }) => {
  for (let round = 0; round < 10; round += 1) {
    const listened = await redis(valkey.port, 'PUBSUB', 'SHARDCHANNELS', '*');
    const channels = listened.split('\r\n').filter((line) => line.startsWith('teammarks/'));
    expect(channels.length).toBeGreaterThan(0);
    for (const channel of channels) {
      const lie = Buffer.from(chance.bytes(new Uint8Array(chance.below(200))));
      await redis(valkey.port, 'SPUBLISH', channel, lie);
      trial.faults += 1;
    }
    await trial.progress(1);
  }
});

underFaults('Redis stands still', async (trial, { valkey }) => {
  for (let round = 0; round < 2; round += 1) {
    await valkey.pause();
    trial.faults += 1;
    await trial.progress();
    await valkey.resume();
    await trial.progress();
  }
});

underFaults('one hub is cut off from Redis', async (trial, { instances, chance }) => {
  for (let round = 0; round < 3; round += 1) {
    const { valkey } = chance.pick(instances);
    if (round % 2) valkey.stall();
    else await valkey.cut();
    trial.faults += 1;
    await trial.progress();
    await valkey.mend();
  }
});
