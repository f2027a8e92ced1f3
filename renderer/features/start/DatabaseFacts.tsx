import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { bytes } from '../../ui/figures.ts';

/** What a database is, and which rights are missing with what grants them. */
export function DatabaseFacts({ status }: { status: Outputs['db']['status'] }) {
  const { settings: t } = useTexts();
  const missing = status.rights.filter(({ has }) => !has);
  return (
    <>
      <Facts
        facts={[
          [t.address, status.url],
          [t.server, [status.server, status.version, status.edition].filter((text) => text !== '').join(', ')],
          [t.collation, status.collation],
          [t.account, status.account],
          [t.encryption, status.encrypted === undefined ? undefined : status.encrypted ? t.encrypted : t.notEncrypted],
          [t.size, bytes(status.bytes)],
          [t.schema, t.schemas[status.schema]],
          [t.rights, missing.length === 0 ? t.allRights : missing.map(({ right }) => right).join(', ')],
        ]}
      />
      {missing.length > 0 && <CodeBlock code={missing.map(({ grant }) => grant).join('\n')} where={t.grants} />}
    </>
  );
}
