import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { migrationsOf } from '../../core/store/migrations.ts';
import type { Store } from '../../core/store/store.ts';
import { openTestStore, testDialects } from '../support/stores.ts';

const root = join(import.meta.dirname, '..', '..');

interface Column {
  kind: 'integer' | 'real' | 'text' | 'blob';
  required: boolean;
}

const KINDS: Record<string, Column['kind']> = {
  INTEGER: 'integer',
  BIGINT: 'integer',
  SMALLINT: 'integer',
  REAL: 'real',
  FLOAT: 'real',
  TEXT: 'text',
  NVARCHAR: 'text',
  VARCHAR: 'text',
  BLOB: 'blob',
  BINARY: 'blob',
  VARBINARY: 'blob',
};

/** Tables with their columns, read from the migrations' text. */
function tablesOf(dialect: Store['dialect']): Map<string, Map<string, Column>> {
  const tables = new Map<string, Map<string, Column>>();
  for (const { text } of migrationsOf(dialect)) {
    const plain = text.replace(/--[^\n]*/g, '');
    for (const [, name = '', body = ''] of plain.matchAll(/CREATE TABLE "?(\w+)"? \(([\s\S]*?)\)(?: STRICT[^;]*)?;/g)) {
      const columns = new Map<string, Column>();
      for (const part of body.split(/,(?![^(]*\))/)) {
        const [, column = '', type = '', rest = ''] = /^\s*"?(\w+)"? (\w+)\b([\s\S]*)$/.exec(part) ?? [];
        const kind = KINDS[type.toUpperCase()];
        if (kind) columns.set(column, { kind, required: /NOT NULL|PRIMARY KEY/.test(rest) });
      }
      tables.set(name, columns);
    }
  }
  return tables;
}

const indexesOf = (dialect: Store['dialect']) =>
  migrationsOf(dialect)
    .flatMap(({ text }) => [...text.matchAll(/CREATE (?:UNIQUE )?INDEX (\w+)/g)])
    .map(([, name]) => name)
    .sort();

describe('the two dialects', () => {
  test('have the same tables, columns and indexes', () => {
    expect(tablesOf('mssql')).toEqual(tablesOf('sqlite'));
    expect(tablesOf('sqlite').size).toBeGreaterThan(25);
    expect(indexesOf('mssql')).toEqual(indexesOf('sqlite'));
  });

  test('are what the program types say', () => {
    const source = ['schema.ts', 'schema-cutover.ts']
      .map((file) => readFileSync(join(root, 'core', 'store', file), 'utf8'))
      .join('\n');
    const [, list = ''] = /export interface Database \{([\s\S]*?)\}/.exec(source) ?? [];
    const types = new Map<string, Map<string, Column>>();
    for (const [, table = '', name = ''] of list.matchAll(/^ {2}(\w+): (\w+);/gm)) {
      const [, body = ''] = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source) ?? [];
      const columns = new Map<string, Column>();
      for (const [, column = '', type = ''] of body.matchAll(/^ {2}(\w+): ([^;]+);/gm)) {
        const kind = /Uint8Array/.test(type) ? 'blob' : /string/.test(type) ? 'text' : 'integer';
        columns.set(column, { kind, required: !type.includes('null') });
      }
      types.set(table, columns);
    }
    const real = [...tablesOf('sqlite')].map(
      ([table, columns]) =>
        [
          table,
          new Map([...columns].map(([name, one]) => [name, one.kind === 'real' ? { ...one, kind: 'integer' } : one])),
        ] as const,
    );
    expect(types).toEqual(new Map(real));
  });

  test('say nothing that SQL Server 2016 or Babelfish does not know', () => {
    for (const { text } of migrationsOf('mssql')) {
      expect(text).not.toMatch(/\b(MERGE|ALTER DATABASE|DROP TABLE IF EXISTS|DATETRUNC|STRING_AGG)\b/i);
    }
  });

  test('quote every name that is a word of T-SQL', () => {
    const named = /(?:^|[,(])\s*(\w+) (?:bigint|nvarchar|varbinary|float)\b|CREATE TABLE (\w+)/gm;
    for (const { text } of migrationsOf('mssql')) {
      const bare = [...text.matchAll(named)].map(([, column, table]) => (column ?? table ?? '').toUpperCase());
      expect(bare.length).toBeGreaterThan(100);
      expect(bare.filter((name) => RESERVED.has(name))).toEqual([]);
    }
  });
});

/** Reserved keywords of Transact-SQL, as Microsoft lists them. */
const RESERVED = new Set(
  `ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE CASE CHECK
  CHECKPOINT CLOSE CLUSTERED COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT CONTAINS CONTAINSTABLE
  CONTINUE CONVERT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR
  DATABASE DBCC DEALLOCATE DECLARE DEFAULT DELETE DENY DESC DISK DISTINCT DISTRIBUTED DOUBLE DROP DUMP ELSE
  END ERRLVL ESCAPE EXCEPT EXEC EXECUTE EXISTS EXIT EXTERNAL FETCH FILE FILLFACTOR FOR FOREIGN FREETEXT
  FREETEXTTABLE FROM FULL FUNCTION GOTO GRANT GROUP HAVING HOLDLOCK IDENTITY IDENTITY_INSERT IDENTITYCOL IF
  IN INDEX INNER INSERT INTERSECT INTO IS JOIN KEY KILL LEFT LIKE LINENO LOAD MERGE NATIONAL NOCHECK
  NONCLUSTERED NOT NULL NULLIF OF OFF OFFSETS ON OPEN OPENDATASOURCE OPENQUERY OPENROWSET OPENXML OPTION OR
  ORDER OUTER OVER PERCENT PIVOT PLAN PRECISION PRIMARY PRINT PROC PROCEDURE PUBLIC RAISERROR READ READTEXT
  RECONFIGURE REFERENCES REPLICATION RESTORE RESTRICT RETURN REVERT REVOKE RIGHT ROLLBACK ROWCOUNT
  ROWGUIDCOL RULE SAVE SCHEMA SECURITYAUDIT SELECT SEMANTICKEYPHRASETABLE SEMANTICSIMILARITYDETAILSTABLE
  SEMANTICSIMILARITYTABLE SESSION_USER SET SETUSER SHUTDOWN SOME STATISTICS SYSTEM_USER TABLE TABLESAMPLE
  TEXTSIZE THEN TO TOP TRAN TRANSACTION TRIGGER TRUNCATE TRY_CONVERT TSEQUAL UNION UNIQUE UNPIVOT UPDATE
  UPDATETEXT USE USER VALUES VARYING VIEW WAITFOR WHEN WHERE WHILE WITH WITHIN WRITETEXT`.split(/\s+/),
);

describe.each(testDialects)('the tables that the migrations make on %s', (dialect) => {
  test('are those of the dump', async () => {
    await using store = await disposable(openTestStore(dialect));
    const dump = dialect === 'sqlite' ? await dumpSqlite(store.it) : await dumpMssql(store.it);
    await expect(dump).toMatchFileSnapshot(join(root, 'sql', dialect, 'schema.dump.sql'));
  });
});

async function disposable(opening: Promise<Store>) {
  const it = await opening;
  return { it, [Symbol.asyncDispose]: () => it.close() };
}

async function dumpSqlite(store: Store): Promise<string> {
  const { rows } = await sql<{ sql: string }>`
    SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY tbl_name, type DESC, name`.execute(
    store.db,
  );
  return `${rows.map((row) => `${row.sql};`).join('\n\n')}\n`;
}

/** What the catalogue says, in a form that SQL Server and Babelfish share: collations by whether they are binary. */
async function dumpMssql(store: Store): Promise<string> {
  const columns = await sql<{
    tab: string;
    col: string;
    typ: string;
    len: number;
    nul: number;
    ide: number;
    coll: string | null;
  }>`
    SELECT t.name AS tab, c.name AS col, ty.name AS typ, c.max_length AS len, CAST(c.is_nullable AS INT) AS nul,
      CAST(c.is_identity AS INT) AS ide, c.collation_name AS coll
    FROM sys.tables t JOIN sys.columns c ON c.object_id = t.object_id
      JOIN sys.types ty ON ty.user_type_id = c.user_type_id
    ORDER BY t.name, c.column_id`.execute(store.db);
  const keys = await sql<{ tab: string; ref: string; act: string }>`
    SELECT OBJECT_NAME(parent_object_id) AS tab, OBJECT_NAME(referenced_object_id) AS ref,
      delete_referential_action_desc AS act
    FROM sys.foreign_keys ORDER BY OBJECT_NAME(parent_object_id), OBJECT_NAME(referenced_object_id)`.execute(store.db);
  const byTable = Map.groupBy(columns.rows, ({ tab }) => tab);
  const tables = [...byTable].map(([tab, cols]) => {
    const lines = cols.map(({ col, typ, len, nul, ide, coll }) => {
      const size = /char|binary/.test(typ) ? `(${len === -1 ? 'max' : typ.startsWith('n') ? len / 2 : len})` : '';
      const collation = coll === null ? '' : /bin2/i.test(coll) ? ' binary' : ` ${coll}`;
      return `  ${col} ${typ}${size}${collation}${nul ? '' : ' not null'}${ide ? ' identity' : ''}`;
    });
    return `table ${tab}\n${lines.join('\n')}`;
  });
  const references = keys.rows.map(({ tab, ref, act }) => `${tab} references ${ref} on delete ${act.toLowerCase()}`);
  return `${tables.join('\n\n')}\n\n${[...new Set(references)].join('\n')}\n`;
}
