import { onCluster } from './case';

const underFaults = onCluster();

underFaults('hubs are killed, none, some or all at a time', async (trial, { chance, hubs }) => {
  for (let round = 0; round < 6; round += 1) {
    await trial.progress();
    const some = round === 0 ? hubs : hubs.filter(() => chance.percent(50));
    await trial.kill(...some);
    await Promise.all(some.map((hub) => hub.run()));
    await trial.allLive();
  }
});

underFaults('hubs are killed as soon as they are up', async (trial, { chance, hubs }) => {
  for (let round = 0; round < 6; round += 1) {
    const hub = chance.pick(hubs);
    await trial.kill(hub);
    await hub.run();
  }
});

underFaults('PostgreSQL is killed', async (trial, { postgres }) => {
  for (let round = 0; round < 3; round += 1) {
    await trial.progress();
    await trial.kill(postgres);
  }
});

underFaults('Redis is killed', async (trial, { valkey }) => {
  for (let round = 0; round < 3; round += 1) {
    await trial.progress();
    await trial.kill(valkey);
    await trial.progress();
    await valkey.run();
  }
});

underFaults('everything is killed at once', async (trial, { hubs, postgres, valkey }) => {
  for (let round = 0; round < 2; round += 1) {
    await trial.progress();
    await trial.kill(...hubs, postgres, valkey);
    await Promise.all([...hubs, valkey].map((victim) => victim.run()));
    await trial.allLive();
  }
});
