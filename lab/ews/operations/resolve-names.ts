import type { DirectoryEntry } from '../../model.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { addressContent, entryContent } from '../items/addresses.ts';
import { itemComparable } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages, warning } from '../respond.ts';
import { childrenOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

const MOST = 100;

/** [MS-OXWSRSLNM] 3.1.4.1: the address book, the user's contacts, or both in the order asked for. */
export const resolveNames: Operation = (request, call) => {
  const full = toBoolean(request.attributes.ReturnFullContactData) ?? false;
  const scope = request.attributes.SearchScope ?? 'ActiveDirectoryContacts';
  const entries = childrenOf(request, 'UnresolvedEntry');
  return responseMessages(call, { name: 'ResolveNames' }, entries, (entry: XmlNode) => {
    const text = entry.text.trim();
    if (text === '') throw new EwsError('ErrorNameResolutionNoResults', 'No results were found.');
    const fromDirectory = scope === 'Contacts' ? [] : directoryResolutions(call, text, full);
    const fromContacts = scope === 'ActiveDirectory' ? [] : contactResolutions(call, text);
    const found =
      scope === 'ContactsActiveDirectory' ? [...fromContacts, ...fromDirectory] : [...fromDirectory, ...fromContacts];
    if (found.length === 0) throw new EwsError('ErrorNameResolutionNoResults', 'No results were found.');
    const shown = found.slice(0, MOST);
    const set = el('m:ResolutionSet', shown.join(''), {
      TotalItemsInView: shown.length,
      IncludesLastItemInRange: found.length <= MOST,
    });
    if (found.length === 1) return set;
    return warning('ResolveNames', 'ErrorNameResolutionMultipleResults', 'Multiple results were found.', set);
  });
};

function directoryResolutions(call: Call, text: string, full: boolean): string[] {
  const exact = call.directory.entry(text);
  const entries = exact ? [exact] : call.directory.resolve(text, MOST + 1);
  return entries.map((entry) =>
    el('t:Resolution', el('t:Mailbox', entryContent(entry)) + (full ? contactXml(entry) : '')),
  );
}

function contactXml(entry: DirectoryEntry): string {
  const some = (name: string, value: string) => tx(name, value === '' ? undefined : value);
  return el(
    't:Contact',
    tx('t:DisplayName', entry.displayName) +
      some('t:GivenName', entry.givenName) +
      some('t:CompanyName', entry.company) +
      el('t:EmailAddresses', tx('t:Entry', `SMTP:${entry.address}`, { Key: 'EmailAddress1' })) +
      (entry.phone === '' ? '' : el('t:PhoneNumbers', tx('t:Entry', entry.phone, { Key: 'BusinessPhone' }))) +
      tx('t:ContactSource', 'ActiveDirectory') +
      some('t:Department', entry.department) +
      some('t:JobTitle', entry.jobTitle) +
      some('t:OfficeLocation', entry.office) +
      some('t:Surname', entry.surname) +
      some('t:Alias', entry.alias),
  );
}

/** People in the user's own contacts whose name or first address begins with the text. */
function contactResolutions(call: Call, text: string): string[] {
  const folder = call.user.mailbox && call.store.distinguished(call.user.mailbox.id, 'contacts');
  if (!folder) return [];
  const wanted = text.toLowerCase();
  const { items } = call.store.items({ folderId: folder.id, offset: 0, limit: 1000 });
  const found: string[] = [];
  for (const item of items) {
    if (!/^ipm\.contact(\.|$)/i.test(item.itemClass)) continue;
    const view = new ItemView(call, item);
    const read = (uri: string, index?: string) => {
      const value = itemComparable(view, index === undefined ? { kind: 'uri', uri } : { kind: 'indexed', uri, index });
      return value?.kind === 'text' ? value.value : '';
    };
    const name = read('contacts:DisplayName');
    const address = read('contacts:EmailAddress', 'EmailAddress1');
    if (address === '' || ![name, address, read('contacts:Surname')].some((t) => t.toLowerCase().startsWith(wanted)))
      continue;
    const content = addressContent(call, { name, address, type: 'SMTP', smtp: address });
    found.push(el('t:Resolution', el('t:Mailbox', content.replace(/<t:MailboxType>\w+</, '<t:MailboxType>Contact<'))));
  }
  return found;
}
