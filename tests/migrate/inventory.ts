import { decodeOrThrow } from '../../core/domain/mapi/decode.ts';
import { canonicalDigest } from '../../core/domain/mapi/digest.ts';
import type { MailStore, StreamContent } from '../../core/exchange/mail-store.ts';
import type { World } from './world.ts';

/** Every item of a mailbox with its folder's path and the digest of its content, sorted: two equal lists are equal mailboxes. */
export async function inventory(world: World, box: MailStore): Promise<string[]> {
  const lines: string[] = [];
  for (const [path, items] of await world.content(box)) {
    const normal = path.replace(/\s+(?=\/|$)/g, '');
    if (items.length === 0) continue;
    const read = await box.read(
      items.map((item) => ({ id: item.id, itemClass: '', element: '' })),
      'stream',
    );
    for (const [index, item] of items.entries()) {
      const answer = read[index];
      if (!answer?.ok) throw answer?.error;
      const digest = canonicalDigest(decodeOrThrow(Buffer.concat((answer.value as StreamContent).parts)));
      lines.push(`${normal} ${item.searchKey} ${item.read} ${digest.toString('hex').slice(0, 16)}`);
    }
  }
  return lines.sort();
}
