import { groupsOf } from './access.ts';
import type { Directory } from './directory.ts';
import type { AttributeSchema } from './schema.ts';
import { attributeSchemas, classSchema } from './schema.ts';
import type { Entry } from './tree.ts';
import { formatSid } from './values.ts';

/** Attributes that are worked out when asked for ([MS-ADTS] 3.1.1.4.5); undefined when the attribute is a stored one. */
export function constructedValues(directory: Directory, entry: Entry, schema: AttributeSchema): string[] | undefined {
  if (!schema.constructed) return undefined;
  const { tree } = directory;
  const one = (value: string | undefined) => (value === undefined ? [] : [value]);
  switch (schema.name) {
    case 'createTimeStamp':
      return one(tree.first(entry, 'whencreated'));
    case 'modifyTimeStamp':
      return one(tree.first(entry, 'whenchanged'));
    case 'parentGUID':
      return entry.parent === null ? [] : [Buffer.from(entry.parent, 'hex').toString('latin1')];
    case 'canonicalName':
      return [canonicalName(directory, entry)];
    case 'subSchemaSubEntry':
      return [`CN=Aggregate,${directory.names.schemaDn}`];
    case 'structuralObjectClass':
      return classesOf(entry);
    case 'primaryGroupToken': {
      const sid = tree.first(entry, 'objectsid');
      return sid ? one(formatSid(sid).split('-').at(-1)) : [];
    }
    case 'tokenGroups':
      return [...groupsOf(directory, entry)].flatMap((guid) => {
        const group = tree.entries.get(guid);
        return one(group && tree.first(group, 'objectsid'));
      });
    case 'msDS-PrincipalName': {
      const name = tree.first(entry, 'samaccountname');
      return name === undefined ? [] : [`${directory.names.netbios}\\${name}`];
    }
    case 'msDS-User-Account-Control-Computed':
      return ['0'];
    case 'allowedAttributes':
      return allowedAttributes(entry);
    default:
      return [];
  }
}

/** objectClass, from top to the structural class. */
export function classesOf(entry: Entry): string[] {
  const values = entry.attributes.get('objectclass');
  return values === undefined ? [] : typeof values === 'string' ? [values] : [...values];
}

function allowedAttributes(entry: Entry): string[] {
  const structural = classSchema(classesOf(entry).at(-1) ?? '');
  if (!structural) return [];
  const may = new Set(structural.may);
  return [...attributeSchemas()]
    .filter((schema) => [...schema.on].some((on) => may.has(on)))
    .map((schema) => schema.name);
}

function canonicalName(directory: Directory, entry: Entry): string {
  const names: string[] = [];
  for (let at: Entry | undefined = entry; at && at.parent !== null; at = directory.tree.entries.get(at.parent))
    names.unshift(at.rdn.value.replaceAll('/', '\\/'));
  return [directory.names.dnsName, names.join('/')].join('/');
}
