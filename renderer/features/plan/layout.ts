/** Places of mailboxes in the picture of who shares with whom: a ring for each wave, waves side by side. Lengths in px. */

export interface Spot {
  id: number;
  wave: string;
}

export interface Placed extends Spot {
  x: number;
  y: number;
}

export interface Ring {
  wave: string;
  /** Middle of the ring, and how far out its members reach. */
  x: number;
  y: number;
  radius: number;
}

/** Room of one mailbox on its ring. */
const WIDTH = 150;
const RING = 78;
const GAP = 60;
/** A ring is drawn as an ellipse: names are wider than high. Half its width and height, in radii. */
export const WIDE = 2.25;
export const HIGH = 0.95;
/** How far apart rings are across and down, in RING: boxes beside and above each other must not touch. */
const ACROSS = 2.2;
const DOWN = 0.9;

/** How many fit on each ring of a wave, from the inside; the first stands in the middle. */
function ringOf(index: number): { ring: number; at: number; of: number } {
  if (index === 0) return { ring: 0, at: 0, of: 1 };
  let ring = 1;
  let before = 1;
  for (;;) {
    const of = Math.max(4, Math.floor((2 * Math.PI * ring * RING) / WIDTH) * 2);
    if (index < before + of) return { ring, at: index - before, of };
    before += of;
    ring++;
  }
}

/** Puts spots, strongest ties first within a wave, on rings; waves stand in rows like words on a page. */
export function layout(spots: readonly Spot[]): { placed: Placed[]; rings: Ring[] } {
  const waves = [...Map.groupBy(spots, ({ wave }) => wave)];
  const columns = Math.max(1, Math.ceil(Math.sqrt(waves.length)));
  const radii = waves.map(([, members]) => Math.max(1, ringOf(members.length - 1).ring) * RING + WIDTH / 2);
  const placed: Placed[] = [];
  const rings: Ring[] = [];
  let top = 0;
  for (let row = 0; row * columns < waves.length; row++) {
    const here = waves.slice(row * columns, (row + 1) * columns);
    const tallest = Math.max(...here.map((_, i) => radii[row * columns + i] ?? 0));
    let left = 0;
    for (const [i, [wave, members]] of here.entries()) {
      const radius = radii[row * columns + i] ?? 0;
      const [x, y] = [left + radius * WIDE, top + tallest * HIGH];
      rings.push({ wave, x, y, radius });
      for (const [index, spot] of members.entries()) {
        const { ring, at, of } = ringOf(index);
        const angle = (2 * Math.PI * at) / of + ring * 0.4;
        placed.push({
          ...spot,
          x: x + ring * RING * ACROSS * Math.cos(angle),
          y: y + ring * RING * DOWN * Math.sin(angle),
        });
      }
      left += 2 * WIDE * radius + GAP;
    }
    top += 2 * HIGH * tallest + GAP;
  }
  return { placed, rings };
}
