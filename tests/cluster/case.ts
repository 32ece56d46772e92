/** How a case is written down as a test: its cluster, its chance, its trial, and what it leaves for the table. */
import { afterAll, beforeAll, test } from 'vitest';
import { Chance } from '../support/chance';
import { Cluster, type Options } from './cluster';
import type { Size } from './crowd';
import { Trial } from './trial';

/** With TEAMMARKS_FAULTS=long every case is done many times, and chance is new in every run. */
export const LONG = process.env.TEAMMARKS_FAULTS === 'long';
const SEED = Number(process.env.TEAMMARKS_SEED ?? (LONG ? Date.now() % 1_000_000_000 : 20_261_123));
/** In the long form: more than a thousand kills in all. */
const AGAIN = 30;

export interface Shape {
  size?: Size;
  /** How often the case is done in the long form. */
  again?: number;
}

export interface Figures {
  /** Processes killed. */
  kills: number;
  /** Anything else that was made go wrong. */
  faults: number;
  acknowledged: number;
  lost: number;
}

declare module 'vitest' {
  interface TaskMeta {
    figures?: Figures;
  }
}

/** A cluster for all cases of a file, and how to write one of them. */
export function onCluster(options: Options = {}) {
  const chance = new Chance(SEED);
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(chance, options);
  });
  afterAll(() => cluster?.close());

  return (
    name: string,
    faults: (trial: Trial, cluster: Cluster) => Promise<void>,
    { size = { documents: 2, each: 1 }, again = AGAIN }: Shape = {},
  ): void => {
    test(name, { repeats: LONG ? again - 1 : 0 }, async ({ task }) => {
      const { struck } = cluster.weather;
      const trial = await Trial.begin(cluster, size);
      try {
        await faults(trial, cluster);
        await trial.check();
      } catch (error) {
        if (error instanceof Error) error.message += `\n(again with TEAMMARKS_SEED=${SEED})`;
        throw error;
      } finally {
        const before = task.meta.figures ?? { kills: 0, faults: 0, acknowledged: 0, lost: 0 };
        task.meta.figures = {
          kills: before.kills + trial.kills,
          faults: before.faults + trial.faults + cluster.weather.struck - struck,
          acknowledged: before.acknowledged + trial.crowd.acknowledged,
          lost: before.lost + trial.lost,
        };
        await trial.close();
        await cluster.recover();
      }
    });
  };
}
