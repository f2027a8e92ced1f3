import { getText, removeProp, setProp } from '../../../core/domain/mapi/bag.ts';
import { oneOffEntryId } from '../../../core/domain/mapi/entry-id.ts';
import { PidLid } from '../../../core/domain/mapi/names.ts';
import { lid, type PropRef, tag } from '../../../core/domain/mapi/ref.ts';
import { PropSet } from '../../../core/domain/mapi/sets.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { EwsError } from '../errors.ts';
import { child, childrenOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import {
  choice,
  computed,
  type Dictionary,
  type Draft,
  type Field,
  readOnlyBoolean,
  readOnlyText,
  strings,
  text,
  time,
} from './field.ts';
import type { ItemView } from './view.ts';

/** PidLidFileUnderId ([MS-OXOCNTC] 2.2.1.1.12). */
const FILE_AS = {
  None: -1,
  LastCommaFirst: 0x8017,
  FirstSpaceLast: 0x8037,
  Company: 0x3a16,
  LastCommaFirstCompany: 0x8019,
  CompanyLastFirst: 0x8032,
  LastFirst: 0x8030,
  LastFirstCompany: 0x8034,
  CompanyLastCommaFirst: 0x8018,
  LastFirstSuffix: 0x8038,
  LastSpaceFirstCompany: 0x8035,
  CompanyLastSpaceFirst: 0x8033,
  LastSpaceFirst: 0x8031,
  DisplayName: 0x3001,
  FirstName: 0x3a06,
  LastFirstMiddleSuffix: 0x8036,
  LastName: 0x3a11,
  Empty: 0,
};

const completeName: Field = computed('contacts:CompleteName', (view) => {
  const parts: [string, PropRef][] = [
    ['t:Title', PidTag.DisplayNamePrefix],
    ['t:FirstName', PidTag.GivenName],
    ['t:MiddleName', PidTag.MiddleName],
    ['t:LastName', PidTag.Surname],
    ['t:Suffix', PidTag.Generation],
    ['t:Initials', PidTag.Initials],
    ['t:FullName', PidTag.DisplayName],
    ['t:Nickname', PidTag.Nickname],
    ['t:YomiFirstName', YOMI_FIRST],
    ['t:YomiLastName', YOMI_LAST],
  ];
  return el('t:CompleteName', parts.map(([name, ref]) => tx(name, view.text(ref))).join(''));
});
const YOMI_FIRST = lid(PropSet.Address, 0x802c, 'String');
const YOMI_LAST = lid(PropSet.Address, 0x802d, 'String');

interface EmailRefs {
  display: PropRef;
  type: PropRef;
  address: PropRef;
  original: PropRef;
  entryId: PropRef;
}
const EMAILS: Record<string, EmailRefs> = {
  EmailAddress1: {
    display: PidLid.Email1DisplayName,
    type: PidLid.Email1AddressType,
    address: PidLid.Email1EmailAddress,
    original: PidLid.Email1OriginalDisplayName,
    entryId: PidLid.Email1OriginalEntryId,
  },
  EmailAddress2: {
    display: PidLid.Email2DisplayName,
    type: PidLid.Email2AddressType,
    address: PidLid.Email2EmailAddress,
    original: PidLid.Email2OriginalDisplayName,
    entryId: PidLid.Email2OriginalEntryId,
  },
  EmailAddress3: {
    display: PidLid.Email3DisplayName,
    type: PidLid.Email3AddressType,
    address: PidLid.Email3EmailAddress,
    original: PidLid.Email3OriginalDisplayName,
    entryId: PidLid.Email3OriginalEntryId,
  },
};

function setEmail(draft: Draft, index: string, node: XmlNode | undefined): void {
  const refs = EMAILS[index];
  if (!refs) throw wrongIndex();
  const { message } = draft;
  if (!node || node.text === '') {
    for (const ref of Object.values(refs) as PropRef[]) removeProp(message, ref);
    return;
  }
  const type = node.attributes.RoutingType ?? 'SMTP';
  const name = node.attributes.Name ?? node.text;
  setProp(message, refs.display, name);
  setProp(message, refs.type, type);
  setProp(message, refs.address, node.text);
  setProp(message, refs.original, node.text);
  setProp(message, refs.entryId, oneOffEntryId(name, node.text, type));
}

const emailAddresses: Field = dictionaryField({
  name: 'EmailAddresses',
  uri: 'contacts:EmailAddresses',
  indexUris: ['contacts:EmailAddress'],
  keys: Object.keys(EMAILS),
  entry: (view, key) => {
    const refs = EMAILS[key];
    const address = refs && view.text(refs.address);
    if (!refs || !address) return '';
    return tx('t:Entry', address, {
      Key: key,
      Name: view.text(refs.display),
      RoutingType: view.text(refs.type) ?? 'SMTP',
      MailboxType: 'Contact',
    });
  },
  textOf: (view, _, key) => EMAILS[key] && view.text(EMAILS[key].address),
  setEntry: (draft, _, key, entry) => setEmail(draft, key, entry),
});

/** Telephone properties by key ([MS-OXOCNTC] 2.2.1.4). */
const PHONES: Record<string, PropRef> = {
  AssistantPhone: PidTag.AssistantTelephoneNumber,
  BusinessFax: PidTag.BusinessFaxNumber,
  BusinessPhone: PidTag.BusinessTelephoneNumber,
  BusinessPhone2: PidTag.Business2TelephoneNumber,
  Callback: tag(0x3a02, 'String'),
  CarPhone: tag(0x3a1e, 'String'),
  CompanyMainPhone: PidTag.CompanyMainTelephoneNumber,
  HomeFax: PidTag.HomeFaxNumber,
  HomePhone: PidTag.HomeTelephoneNumber,
  HomePhone2: PidTag.Home2TelephoneNumber,
  Isdn: tag(0x3a2d, 'String'),
  MobilePhone: PidTag.MobileTelephoneNumber,
  OtherFax: tag(0x3a23, 'String'),
  OtherTelephone: PidTag.OtherTelephoneNumber,
  Pager: PidTag.PagerTelephoneNumber,
  PrimaryPhone: tag(0x3a1a, 'String'),
  RadioPhone: tag(0x3a1d, 'String'),
  Telex: tag(0x3a2c, 'String'),
  TtyTddPhone: tag(0x3a4b, 'String'),
};

const phoneNumbers: Field = dictionaryField({
  name: 'PhoneNumbers',
  uri: 'contacts:PhoneNumbers',
  indexUris: ['contacts:PhoneNumber'],
  keys: Object.keys(PHONES),
  entry: (view, key) => tx('t:Entry', textBy(view, PHONES[key]), { Key: key }),
  textOf: (view, _, key) => textBy(view, PHONES[key]),
  setEntry: (draft, _, key, entry) => setText(draft, PHONES[key], entry?.text),
});

const IMS: Record<string, PropRef> = {
  ImAddress1: PidLid.InstantMessagingAddress,
  ImAddress2: lid(PropSet.AirSync, 0x8062, 'String'),
  ImAddress3: lid(PropSet.AirSync, 0x8063, 'String'),
};

const imAddresses: Field = dictionaryField({
  name: 'ImAddresses',
  uri: 'contacts:ImAddresses',
  indexUris: ['contacts:ImAddress'],
  keys: Object.keys(IMS),
  entry: (view, key) => tx('t:Entry', textBy(view, IMS[key]), { Key: key }),
  textOf: (view, _, key) => textBy(view, IMS[key]),
  setEntry: (draft, _, key, entry) => setText(draft, IMS[key], entry?.text),
});

/** Postal addresses ([MS-OXOCNTC] 2.2.1.3). */
const POSTAL: Record<string, Record<string, PropRef>> = {
  Home: {
    Street: PidTag.HomeAddressStreet,
    City: PidTag.HomeAddressCity,
    State: tag(0x3a5c, 'String'),
    CountryOrRegion: PidTag.HomeAddressCountry,
    PostalCode: PidTag.HomeAddressPostalCode,
  },
  Business: {
    Street: PidLid.WorkAddressStreet,
    City: PidLid.WorkAddressCity,
    State: PidLid.WorkAddressState,
    CountryOrRegion: PidLid.WorkAddressCountry,
    PostalCode: PidLid.WorkAddressPostalCode,
  },
  Other: {
    Street: tag(0x3a63, 'String'),
    City: tag(0x3a5f, 'String'),
    State: tag(0x3a62, 'String'),
    CountryOrRegion: tag(0x3a60, 'String'),
    PostalCode: tag(0x3a61, 'String'),
  },
};
const PARTS = ['Street', 'City', 'State', 'CountryOrRegion', 'PostalCode'];

const physicalAddresses: Field = dictionaryField({
  name: 'PhysicalAddresses',
  uri: 'contacts:PhysicalAddresses',
  indexUris: PARTS.map((part) => `contacts:PhysicalAddress:${part}`),
  keys: Object.keys(POSTAL),
  entry: (view, key) => {
    const inner = PARTS.map((part) => tx(`t:${part}`, textBy(view, POSTAL[key]?.[part]))).join('');
    return inner === '' ? '' : el('t:Entry', inner, { Key: key });
  },
  textOf: (view, uri, key) => textBy(view, POSTAL[key]?.[lastPart(uri)]),
  setEntry: (draft, uri, key, entry) => {
    const parts = uri === '' ? PARTS : [lastPart(uri)];
    for (const part of parts) setText(draft, POSTAL[key]?.[part], child(entry, part)?.text);
  },
});

const lastPart = (uri: string) => uri.slice(uri.lastIndexOf(':') + 1);

interface DictionarySpec {
  name: string;
  uri: string;
  indexUris: readonly string[];
  keys: readonly string[];
  entry(view: ItemView, key: string): string;
  textOf(view: ItemView, uri: string, key: string): string | undefined;
  /** `uri` is '' when the entry is set as a whole. */
  setEntry(draft: Draft, uri: string, key: string, entry: XmlNode | undefined): void;
}

function dictionaryField(spec: DictionarySpec): Field {
  const dictionary: Dictionary = {
    uris: spec.indexUris,
    compare: (view, uri, index) => {
      const value = spec.textOf(view, uri, index);
      return value === undefined ? undefined : { kind: 'text', value };
    },
    set: (draft, uri, index, node) => {
      const entry = childrenOf(child(node, spec.name), 'Entry').find((e) => e.attributes.Key === index);
      spec.setEntry(draft, uri, index, entry);
    },
    remove: (draft, uri, index) => spec.setEntry(draft, uri, index, undefined),
  };
  return {
    name: spec.name,
    uri: spec.uri,
    dictionary,
    read: (view, options) => {
      const asked = spec.indexUris.flatMap((uri) => [...(options.indexes.get(uri) ?? [])]);
      const keys = asked.length === 0 ? spec.keys : spec.keys.filter((k) => asked.includes(k));
      const inner = keys.map((key) => spec.entry(view, key)).join('');
      return inner === '' ? '' : el(`t:${spec.name}`, inner);
    },
    set: (draft, node) => {
      for (const entry of childrenOf(node, 'Entry')) {
        if (!spec.keys.includes(entry.attributes.Key ?? '')) throw wrongIndex();
        spec.setEntry(draft, '', entry.attributes.Key ?? '', entry);
      }
    },
    remove: (draft) => {
      for (const key of spec.keys) spec.setEntry(draft, '', key, undefined);
    },
  };
}

function textBy(view: ItemView, ref: PropRef | undefined): string | undefined {
  return ref && view.text(ref);
}

function setText(draft: Draft, ref: PropRef | undefined, value: string | undefined): void {
  if (!ref) throw wrongIndex();
  setProp(draft.message, ref, value === '' ? undefined : value);
}

function wrongIndex(): EwsError {
  return new EwsError('ErrorInvalidPropertyRequest', 'The dictionary has no such entry.');
}

/** What ContactItemType adds to ItemType, in the order of the schema. */
export const CONTACT_FIELDS: readonly Field[] = [
  text('contacts:FileAs', PidLid.FileUnder),
  choice('contacts:FileAsMapping', PidLid.FileUnderId, FILE_AS),
  text('contacts:DisplayName', PidTag.DisplayName),
  text('contacts:GivenName', PidTag.GivenName),
  text('contacts:Initials', PidTag.Initials),
  text('contacts:MiddleName', PidTag.MiddleName),
  text('contacts:Nickname', PidTag.Nickname),
  completeName,
  text('contacts:CompanyName', PidTag.CompanyName),
  emailAddresses,
  physicalAddresses,
  phoneNumbers,
  text('contacts:AssistantName', PidTag.Assistant),
  time('contacts:Birthday', PidTag.Birthday),
  text('contacts:BusinessHomePage', PidTag.BusinessHomePage),
  strings('contacts:Children', PidTag.ChildrensNames),
  strings('contacts:Companies', PidLid.Companies),
  computed('contacts:ContactSource', () => tx('t:ContactSource', 'Store')),
  text('contacts:Department', PidTag.DepartmentName),
  text('contacts:Generation', PidTag.Generation),
  imAddresses,
  text('contacts:JobTitle', PidTag.Title),
  text('contacts:Manager', PidTag.ManagerName),
  text('contacts:Mileage', PidLid.Mileage),
  text('contacts:OfficeLocation', PidTag.OfficeLocation),
  choice('contacts:PostalAddressIndex', PidLid.PostalAddressId, { None: 0, Home: 1, Business: 2, Other: 3 }),
  text('contacts:Profession', PidTag.Profession),
  text('contacts:SpouseName', PidTag.SpouseName),
  text('contacts:Surname', PidTag.Surname),
  time('contacts:WeddingAnniversary', PidTag.WeddingAnniversary),
  readOnlyBoolean('contacts:HasPicture', (view) => view.boolean(PidLid.HasPicture) ?? false),
  readOnlyText('contacts:PhoneticFirstName', YOMI_FIRST),
  readOnlyText('contacts:PhoneticLastName', YOMI_LAST),
];

/** What a new contact shows where the client left it open: display name and file-as from the parts of the name. */
export function finishContact(draft: Draft): void {
  const { message } = draft;
  const get = (ref: PropRef) => getText(message, ref) ?? '';
  const first = [get(PidTag.GivenName), get(PidTag.MiddleName)].filter((p) => p !== '').join(' ');
  const last = get(PidTag.Surname);
  if (get(PidTag.DisplayName) === '') {
    const name = [first, last].filter((p) => p !== '').join(' ') || get(PidTag.CompanyName);
    if (name !== '') setProp(message, PidTag.DisplayName, name);
  }
  if (get(PidLid.FileUnder) === '') {
    const fileAs = last !== '' && first !== '' ? `${last}, ${first}` : last || first || get(PidTag.DisplayName);
    if (fileAs !== '') setProp(message, PidLid.FileUnder, fileAs);
  }
  if (get(PidTag.Subject) === '') {
    setProp(message, PidTag.Subject, get(PidTag.DisplayName));
    setProp(message, PidTag.NormalizedSubject, get(PidTag.DisplayName));
  }
}
