import { getByteArrays, getText, setProp } from '../../../core/domain/mapi/bag.ts';
import { unwrapEntryId } from '../../../core/domain/mapi/entry-id.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { child, childrenOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import { type Address, entryIdOf, mailboxXml, readEntryId, readMailbox } from './addresses.ts';
import { computed, type Draft, type Field, text } from './field.ts';
import type { ItemView } from './view.ts';

/** Members of a list with their entry ids; an address is missing where nobody knows the id. */
export function membersOf(view: ItemView): { key: Uint8Array; address: Address | undefined }[] {
  const members = view.prop(PidLid.DistributionListMembers)?.value;
  const oneOffs = view.prop(PidLid.DistributionListOneOffMembers)?.value;
  const list = Array.isArray(members) ? members : [];
  const shown = Array.isArray(oneOffs) ? oneOffs : [];
  return list.flatMap((key, index) => {
    if (!(key instanceof Uint8Array)) return [];
    const oneOff = shown[index];
    return [
      {
        key,
        address:
          readEntryId(view.call, unwrapEntryId(key)) ??
          (oneOff instanceof Uint8Array ? readEntryId(view.call, oneOff) : undefined),
      },
    ];
  });
}

function addMembers(draft: Draft, nodes: readonly XmlNode[]): void {
  const { message } = draft;
  const added = nodes.flatMap((node) => {
    const address = readMailbox(draft.call, child(node, 'Mailbox'));
    return address ? [entryIdOf(address)] : [];
  });
  const before = getByteArrays(message, PidLid.DistributionListMembers) ?? [];
  const shown = getByteArrays(message, PidLid.DistributionListOneOffMembers) ?? before;
  setMembers(draft, [...before, ...added], [...shown, ...added]);
}

function setMembers(draft: Draft, members: Uint8Array[], oneOffs: Uint8Array[]): void {
  setProp(draft.message, PidLid.DistributionListMembers, members.length === 0 ? undefined : members);
  setProp(draft.message, PidLid.DistributionListOneOffMembers, oneOffs.length === 0 ? undefined : oneOffs);
  setProp(draft.message, PidLid.DistributionListChecksum, crc32(members));
}

/** CRC-32 over all members, start value 0 and no final turn ([MS-OXOCNTC] 2.2.2.2.3, [MS-OXABREF]). */
function crc32(members: readonly Uint8Array[]): number {
  let crc = 0;
  for (const member of members) {
    for (const byte of member) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return crc | 0;
}

const members: Field = {
  name: 'Members',
  uri: 'distributionlist:Members',
  detail: true,
  read: (view) => {
    const list = membersOf(view).map(({ key, address }) =>
      el(
        't:Member',
        (address ? mailboxXml(view.call, address) : '') + tx('t:Status', address ? 'Normal' : 'Unrecognized'),
        {
          Key: Buffer.from(key).toString('base64'),
        },
      ),
    );
    return list.length === 0 ? '' : el('t:Members', list.join(''));
  },
  set: (draft, node) => {
    setMembers(draft, [], []);
    addMembers(draft, childrenOf(node, 'Member'));
  },
  append: (draft, node) => addMembers(draft, childrenOf(node, 'Member')),
  remove: (draft) => setMembers(draft, [], []),
};

/** What DistributionListType adds to ItemType, in the order of the schema. */
export const LIST_FIELDS: readonly Field[] = [
  {
    ...text('contacts:DisplayName', PidTag.DisplayName),
    set: (draft, node) => {
      setProp(draft.message, PidTag.DisplayName, node.text);
      setProp(draft.message, PidLid.DistributionListName, node.text);
    },
  },
  text('contacts:FileAs', PidLid.FileUnder),
  computed('contacts:ContactSource', () => tx('t:ContactSource', 'Store')),
  members,
];

export function finishList(draft: Draft): void {
  const name = getText(draft.message, PidTag.DisplayName) ?? getText(draft.message, PidTag.Subject) ?? '';
  if (getText(draft.message, PidLid.FileUnder) === undefined) setProp(draft.message, PidLid.FileUnder, name);
  if (getText(draft.message, PidTag.Subject) === undefined) {
    setProp(draft.message, PidTag.Subject, name);
    setProp(draft.message, PidTag.NormalizedSubject, name);
  }
}
