import { DEPARTMENTS } from './names.ts';
import { ORGANISATIONS } from './people.ts';
import { Random } from './random.ts';

/** One public folder, parents before children. */
export interface PublicFolderPlan {
  /** Names from the root of the tree; a name may hold any character, also `/` and `\`. */
  path: readonly string[];
  folderClass: string;
  /** Mail-enabled: the directory has an object for it and mail arrives in it. */
  mail: { alias: string; address: string } | null;
}

const ODD_NAMES = [
  'Projekt / 2026 (alt)',
  'C:\\Ablage\\Neu',
  '100% fertig',
  'Ünïcödé & Søn <intern>',
  '営業部 – 予定',
  'مشاريع',
  '🏭 Werk 2',
  'Müller\'s "Ordner"',
  'a'.repeat(120),
  'Γενική συνέλευση',
];
const CLASSES = ['IPF.Note', 'IPF.Note', 'IPF.Note', 'IPF.Appointment', 'IPF.Contact', 'IPF.Task', 'IPF.StickyNote'];
const TOPICS = [
  'Protokolle',
  'Offers',
  'Réclamations',
  'Press',
  'Safety',
  'Fleet',
  'Suppliers',
  'Trade fairs',
  'Umzug',
];

/** The public-folder tree of the source: exactly `folders` folders, the same for the same seed. */
export function publicFolderPlan(seed: number, folders: number): PublicFolderPlan[] {
  const random = new Random(`public-folders\0${seed}`);
  const plan: PublicFolderPlan[] = [];
  const names = new Map<string, Set<string>>();
  const add = (parent: readonly string[], name: string, folderClass: string): readonly string[] => {
    const key = parent.join('\0');
    const used = names.get(key) ?? new Set();
    names.set(key, used);
    let unique = name;
    for (let n = 2; used.has(unique.toLowerCase()); n++) unique = `${name} ${n}`;
    used.add(unique.toLowerCase());
    const path = [...parent, unique];
    plan.push({ path, folderClass, mail: null });
    return path;
  };
  const top = [...['Departments', 'Projects', 'Company calendar', 'Company contacts', 'Bulletin board'].entries()].map(
    ([index, name]) => add([], name, index === 2 ? 'IPF.Appointment' : index === 3 ? 'IPF.Contact' : 'IPF.Note'),
  );
  for (const department of DEPARTMENTS) add(top[0] ?? [], department.name, 'IPF.Note');
  for (const [index, name] of ODD_NAMES.entries()) add(top[1] ?? [], name, CLASSES[index % CLASSES.length] ?? '');
  // One branch goes deep, as one always does.
  let deep = top[1] ?? [];
  for (let level = 1; level <= 8; level++) deep = add(deep, `Level ${level}`, 'IPF.Note');
  while (plan.length < folders) {
    const parent = random.pick(plan);
    if (parent.path.length < 9)
      add(parent.path, `${random.pick(TOPICS)} ${random.int(2014, 2026)}`, random.pick(CLASSES));
  }
  return withMail(plan.slice(0, folders));
}

/** One folder in twenty takes mail; always at least one. */
function withMail(plan: PublicFolderPlan[]): PublicFolderPlan[] {
  return plan.map((folder, index) => {
    if (index % 20 !== 4 && !(plan.length <= 4 && index === 0)) return folder;
    const alias = `pf-${String(index).padStart(3, '0')}`;
    return { ...folder, mail: { alias, address: `${alias}@${ORGANISATIONS.source.smtpDomain}` } };
  });
}
