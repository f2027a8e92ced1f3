import { itemOf } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { entryContent, mailboxXml } from '../items/addresses.ts';
import { membersOf } from '../items/fields-list.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, textOf, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSDLIST] 3.1.4.1: direct members of a group of the directory, or of a list among somebody's contacts. */
export const expandDl: Operation = (request, call) => {
  const mailboxes = request.children.filter((c) => c.name === 'Mailbox');
  return responseMessages(call, { name: 'ExpandDL' }, mailboxes, (node) => {
    const members = child(node, 'ItemId')
      ? privateList(call, child(node, 'ItemId'))
      : group(call, textOf(node, 'EmailAddress') ?? '');
    return el('m:DLExpansion', members.join(''), { TotalItemsInView: members.length, IncludesLastItemInRange: true });
  });
};

function group(call: Call, address: string): string[] {
  const members = call.directory.members(address);
  if (!members) throw new EwsError('ErrorNameResolutionNoResults', 'No results were found.');
  return members.map((entry) => el('t:Mailbox', entryContent(entry)));
}

function privateList(call: Call, node: XmlNode | undefined): string[] {
  const { item } = itemOf(call, node);
  return membersOf(new ItemView(call, item)).flatMap(({ address }) => (address ? [mailboxXml(call, address)] : []));
}
