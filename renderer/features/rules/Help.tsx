import { useTexts } from '../../app/texts.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import type { Vocabulary } from './EditorPage.tsx';

/** What an expression may name and do. */
export function Help({ functions, names }: Vocabulary) {
  const { rules: t } = useTexts();
  return (
    <Panel title={t.help}>
      <Table label={t.functions} head={[{ title: t.functions, width: '46%' }, { title: '' }]}>
        {functions.map(({ example, does }) => (
          <tr key={example}>
            <td>
              <code>{example}</code>
            </td>
            <td>{does}</td>
          </tr>
        ))}
      </Table>
      <Table label={t.names} head={[{ title: t.names, width: '46%' }, { title: '' }]}>
        {names.map(({ name, means }) => (
          <tr key={name}>
            <td>
              <code>{name}</code>
            </td>
            <td>{means}</td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}
