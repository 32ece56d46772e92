/** Prints, after all cases have run, what was done to the cluster in each and what became of the edits. */
import type { Reporter, TestModule } from 'vitest/node';
import type {} from './case';

export class Table implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => {
        const { figures } = test.meta();
        return figures ? [{ case: test.name, ...figures }] : [];
      });
    if (rows.length === 0) return;
    const sum = (pick: (row: (typeof rows)[number]) => number) =>
      rows.reduce((total, row) => total + pick(row), 0);
    const total = {
      case: 'all',
      kills: sum(({ kills }) => kills),
      faults: sum(({ faults }) => faults),
      acknowledged: sum(({ acknowledged }) => acknowledged),
      lost: sum(({ lost }) => lost),
    };
    const lines = [...rows, total].map(({ case: name, ...figures }) =>
      [name.padEnd(70), ...Object.values(figures).map((figure) => String(figure).padStart(13))].join(''),
    );
    const head = [
      'case'.padEnd(70),
      ...['kills', 'other faults', 'acknowledged', 'lost'].map((w) => w.padStart(13)),
    ];
    process.stdout.write(`\n${[head.join(''), ...lines].join('\n')}\n`);
  }
}
