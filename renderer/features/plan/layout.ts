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
  /** Middle of the ring, which is drawn as an ellipse, and half its width and height. */
  x: number;
  y: number;
  wide: number;
  high: number;
}

/** Room of one mailbox on its ring, and its box. */
const WIDTH = 150;
export const BOX = { width: 120, height: 28 };
const RING = 78;
const GAP = 60;
/** Between the outermost boxes and the line around them; above them stands the name of the wave. */
const MARGIN = { across: 30, down: 66 };
/** How far apart rings are across and down, in RING: boxes beside and above each other must not touch. */
const ACROSS = 2.2;
const DOWN = 0.9;

/** On which ring of a wave with `members` one stands, from the inside; the first in the middle, each ring evenly filled. */
function ringOf(index: number, members: number): { ring: number; at: number; of: number } {
  if (index === 0) return { ring: 0, at: 0, of: 1 };
  let ring = 1;
  let before = 1;
  for (;;) {
    const fit = Math.max(4, Math.floor((2 * Math.PI * ring * RING) / WIDTH) * 2);
    if (index < before + fit) return { ring, at: index - before, of: Math.min(fit, members - before) };
    before += fit;
    ring++;
  }
}

/** Half the width and height of a wave's ring: its boxes lie within it with their corners. */
function halves(members: number): { wide: number; high: number } {
  const { ring } = ringOf(members - 1, members);
  return {
    wide: Math.max(1, ring) * RING * ACROSS + BOX.width / 2 + MARGIN.across,
    high: Math.max(1, ring) * RING * DOWN + BOX.height / 2 + MARGIN.down,
  };
}

/** Puts spots, strongest ties first within a wave, on rings; waves stand in rows like words on a page. */
export function layout(spots: readonly Spot[]): { placed: Placed[]; rings: Ring[] } {
  const waves = [...Map.groupBy(spots, ({ wave }) => wave)];
  const columns = Math.max(1, Math.ceil(Math.sqrt(waves.length)));
  const sizes = waves.map(([, members]) => halves(members.length));
  const placed: Placed[] = [];
  const rings: Ring[] = [];
  let top = 0;
  for (let row = 0; row * columns < waves.length; row++) {
    const here = waves.slice(row * columns, (row + 1) * columns);
    const tallest = Math.max(...here.map((_, i) => sizes[row * columns + i]?.high ?? 0));
    let left = 0;
    for (const [i, [wave, members]] of here.entries()) {
      const { wide, high } = sizes[row * columns + i] ?? { wide: 0, high: 0 };
      const [x, y] = [left + wide, top + tallest];
      rings.push({ wave, x, y, wide, high });
      for (const [index, spot] of members.entries()) {
        const { ring, at, of } = ringOf(index, members.length);
        const angle = (2 * Math.PI * at) / of + ring * 0.4;
        placed.push({
          ...spot,
          x: x + ring * RING * ACROSS * Math.cos(angle),
          y: y + ring * RING * DOWN * Math.sin(angle),
        });
      }
      left += 2 * wide + GAP;
    }
    top += 2 * tallest + GAP;
  }
  return { placed, rings };
}
