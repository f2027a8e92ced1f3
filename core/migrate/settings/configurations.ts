import { CONFIGURATIONS, type Configuration, type ConfigurationName } from '../../exchange/settings.ts';
import { compared, type SettingCheck, type SettingsScene } from './check.ts';

const kind = 'configuration';

/** The list of categories, working hours and what mailbox programs keep beside them. */
export async function configurationChecks({ job, source, target }: SettingsScene): Promise<SettingCheck[]> {
  const { signal } = job.context;
  const one = async (name: ConfigurationName): Promise<SettingCheck[]> => {
    const wanted = await source.configuration(name, { signal });
    if (!wanted || isEmpty(wanted)) return [];
    const present = await target.configuration(name, { signal });
    const details = present ? differences(wanted, present) : [];
    return [
      compared({ kind, name: `${name.folder}/${name.name}` }, { wanted, present: present ?? null, details }, () =>
        target.setConfiguration(name, wanted, present !== undefined, job.writing),
      ),
    ];
  };
  return (await Promise.all((await source.configurationsThere(CONFIGURATIONS, { signal })).map(one))).flat();
}

function isEmpty({ dictionary, xml, binary }: Configuration): boolean {
  return (dictionary?.length ?? 0) === 0 && xml === null && binary === null;
}

/** A server may add entries of its own to a dictionary. */
function differences(wanted: Configuration, present: Configuration): string[] {
  const entries = new Set((present.dictionary ?? []).map((entry) => JSON.stringify(entry)));
  return [
    ...((wanted.dictionary ?? []).every((entry) => entries.has(JSON.stringify(entry))) ? [] : ['dictionary']),
    ...(wanted.xml === null || wanted.xml === present.xml ? [] : ['xml']),
    ...(wanted.binary === null || wanted.binary === present.binary ? [] : ['binary']),
  ];
}
