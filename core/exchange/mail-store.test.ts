import { expect, it } from 'vitest';
import { type ItemContent, releaseContent } from './mail-store.ts';

const streamOf = (...parts: Buffer[]): ItemContent => ({ form: 'stream', parts }) as unknown as ItemContent;

it('gives the memory of a large item back', () => {
  const large = Buffer.alloc(1_000_000, 1);
  const content = streamOf(large);
  releaseContent(content);
  expect(large.buffer.byteLength).toBe(0);
});

it('leaves memory alone that a small item shares with everything else', () => {
  const neighbour = Buffer.from('somebody else');
  const small = Buffer.from('small item');
  expect(small.buffer).toBe(neighbour.buffer);
  releaseContent(streamOf(small));
  expect(neighbour.toString()).toBe('somebody else');
  expect(Buffer.from('another').toString()).toBe('another');
});
