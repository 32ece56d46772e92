/**
 * The places in `values` of a longest strictly rising run, found in O(n log n).
 *
 * What is in it can stay where it is when a list is put in order; everything else has to move, and nothing less would do.
 */
export function longestRising(values: readonly number[]): Set<number> {
  const ends: number[] = []; // ends[k]: where the smallest end of a rising run of k + 1 values is
  const before: number[] = [];
  values.forEach((value, at) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[ends[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? -1 : (ends[low - 1] as number));
    ends[low] = at;
  });
  const run = new Set<number>();
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] as number) run.add(at);
  return run;
}
