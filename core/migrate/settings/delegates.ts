import { DELEGATE_FOLDERS, type Delegate, type Delegates } from '../../exchange/settings.ts';
import { check, compared, digestOf, type SettingCheck, type SettingsScene, wrote } from './check.ts';

const kind = 'delegates';
/** The one setting of this kind that is no person. */
export const DELIVERY = '(meeting requests)';

/** People who act for the owner, by their addresses in the target; those without a match are listed. */
export async function delegateChecks(scene: SettingsScene): Promise<SettingCheck[]> {
  const { job, source, target } = scene;
  const { signal } = job.context;
  const there = await source.delegates({ signal });
  if (there.list.length + there.unknown.length === 0 && !wrote(scene, kind)) return [];
  const here = await target.delegates({ signal });
  const present = await byCanonicalAddress(scene, here);
  const wanted = new Map<string, Delegate>();
  const checks: SettingCheck[] = [];
  const cannot = (name: string, reason: string): void => {
    checks.push(check({ kind, name, outcome: 'cannotMove', reason }));
  };
  for (const delegate of there.list) {
    const address = await scene.addresses.target(delegate.address);
    if (address === null) cannot(delegate.address, 'has no match in the target');
    else if (wanted.has(address.toLowerCase())) cannot(delegate.address, `stands for ${address} like another delegate`);
    else wanted.set(address.toLowerCase(), { ...delegate, address });
  }
  for (const name of there.unknown) cannot(name, "is in the source's directory no more");
  for (const [key, delegate] of wanted) checks.push(one(scene, delegate, present.get(key)));
  checks.push(...leftOver(scene, wanted, present));
  if (wanted.size > 0 && there.delivery !== null) checks.push(delivery(scene, there.delivery, here.delivery));
  return checks;
}

async function byCanonicalAddress(scene: SettingsScene, delegates: Delegates): Promise<Map<string, Delegate>> {
  const found = new Map<string, Delegate>();
  for (const delegate of delegates.list)
    found.set((await scene.addresses.canonical(delegate.address)).toLowerCase(), delegate);
  return found;
}

function one({ job, target }: SettingsScene, wanted: Delegate, present: Delegate | undefined): SettingCheck {
  const details = present
    ? [
        ...DELEGATE_FOLDERS.filter((folder) => levelDiffers(wanted.levels[folder], present.levels[folder])),
        ...(['receiveCopies', 'viewPrivate'] as const).filter((flag) => wanted[flag] !== present[flag]),
      ]
    : [];
  const plain = ({ levels, receiveCopies, viewPrivate }: Delegate) => ({ levels, receiveCopies, viewPrivate });
  return compared(
    { kind, name: wanted.address },
    { wanted: plain(wanted), present: present ? plain(present) : null, details },
    () => target.setDelegate(wanted, present !== undefined, job.writing),
  );
}

/** Single rights (Custom) are the folder's permission list's business, which is carried and compared by itself. */
function levelDiffers(wanted: string | undefined, present: string | undefined): boolean {
  return wanted !== undefined && wanted !== 'Custom' && wanted !== (present ?? 'None');
}

/** Delegates that an earlier run made and that the source has no more. Others in the target are left alone. */
function leftOver(
  { job, target, known }: SettingsScene,
  wanted: ReadonlyMap<string, Delegate>,
  present: ReadonlyMap<string, Delegate>,
): SettingCheck[] {
  return [...known.values()].flatMap((row) => {
    if (row.kind !== kind || row.state !== 'moved' || row.name === DELIVERY) return [];
    const key = row.name.toLowerCase();
    const found = present.get(key);
    if (wanted.has(key) || !found) return [];
    const write = (): Promise<void> => target.removeDelegate(found.address, job.writing);
    return [check({ kind, name: row.name, outcome: 'extra', present: row.digest, write })];
  });
}

function delivery({ job, target }: SettingsScene, wanted: string, present: string | null): SettingCheck {
  return check({
    kind,
    name: DELIVERY,
    outcome: wanted === present ? 'same' : 'different',
    details: wanted === present ? [] : ['delivery'],
    wanted: digestOf(wanted),
    present: present === null ? null : digestOf(present),
    ...(wanted === present ? {} : { write: () => target.setDelivery(wanted, job.writing) }),
  });
}
