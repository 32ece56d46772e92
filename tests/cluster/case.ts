/** How a case is written down as a test: its cluster, its chance, its trial, and what it leaves for the table. */
import { afterAll, beforeAll, test } from 'vitest';
import { Chance } from '../support/chance';
import { Cluster, type Options } from './cluster';
import type { Size } from './crowd';
import { Trial } from './trial';

/** With TEAMMARKS_FAULTS=long there is more of everything, and chance is new in every run. */
export const LONG = process.env.TEAMMARKS_FAULTS === 'long';
const SEED = Number(process.env.TEAMMARKS_SEED ?? (LONG ? Date.now() % 1_000_000_000 : 20_261_123));
const SIZE: Size = { documents: 2, each: 1 };

/** Many in the long form, few in the short one. */
export const times = (few: number, many: number): number => (LONG ? many : few);

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

  return (name: string, faults: (trial: Trial, cluster: Cluster) => Promise<void>, size = SIZE): void => {
    test(name, async ({ task }) => {
      const { struck } = cluster.weather;
      const trial = await Trial.begin(cluster, size);
      try {
        await faults(trial, cluster);
        await trial.check();
      } catch (error) {
        if (error instanceof Error) error.message += `\n(again with TEAMMARKS_SEED=${SEED})`;
        throw error;
      } finally {
        task.meta.figures = {
          kills: trial.kills,
          faults: trial.faults + cluster.weather.struck - struck,
          acknowledged: trial.crowd.acknowledged,
          lost: trial.lost,
        };
        await trial.close();
        await cluster.recover();
      }
    });
  };
}
