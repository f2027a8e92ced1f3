/** One file an organisation. Sequence numbers count every change of the organisation and never repeat. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
CREATE TABLE mailbox (
  num INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, address TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,
  kind TEXT NOT NULL, has_archive INTEGER NOT NULL, out_of_office TEXT NOT NULL, delegates TEXT NOT NULL,
  rules TEXT NOT NULL, user_configuration TEXT NOT NULL
) STRICT;

CREATE TABLE folder (
  num INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT NOT NULL, parent INTEGER, display_name TEXT NOT NULL,
  name_key TEXT NOT NULL, folder_class TEXT NOT NULL, distinguished TEXT, hidden INTEGER NOT NULL,
  permissions TEXT NOT NULL, extra TEXT NOT NULL, created_seq INTEGER NOT NULL, seq INTEGER NOT NULL,
  item_count INTEGER NOT NULL DEFAULT 0, unread_count INTEGER NOT NULL DEFAULT 0, size_bytes INTEGER NOT NULL DEFAULT 0,
  last_change INTEGER NOT NULL DEFAULT 0, deleted_count INTEGER NOT NULL DEFAULT 0,
  UNIQUE (parent, name_key)
) STRICT;
CREATE UNIQUE INDEX folder_distinguished ON folder (mailbox, distinguished) WHERE distinguished IS NOT NULL;
CREATE INDEX folder_by_change ON folder (mailbox, seq);

CREATE TABLE item (
  num INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT NOT NULL, folder INTEGER NOT NULL, item_class TEXT NOT NULL,
  associated INTEGER NOT NULL, subject TEXT NOT NULL, received INTEGER NOT NULL, sent INTEGER NOT NULL,
  created INTEGER NOT NULL, modified INTEGER NOT NULL, size_bytes INTEGER NOT NULL, is_read INTEGER NOT NULL,
  has_attachments INTEGER NOT NULL, importance INTEGER NOT NULL, internet_message_id TEXT, search_key TEXT NOT NULL,
  sender TEXT NOT NULL, message_flags INTEGER NOT NULL,
  created_seq INTEGER NOT NULL, modified_seq INTEGER NOT NULL, seq INTEGER NOT NULL
) STRICT;
CREATE INDEX item_by_received ON item (folder, associated, received, num);
CREATE INDEX item_by_created ON item (folder, associated, created_seq);
CREATE INDEX item_by_change ON item (folder, associated, seq);

-- The export stream in parts, so that a large item passes in flat memory.
CREATE TABLE body (num INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (num, part)) STRICT;

-- What was deleted or moved away, for sync.
CREATE TABLE item_tombstone (
  folder INTEGER NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, created_seq INTEGER NOT NULL,
  associated INTEGER NOT NULL, PRIMARY KEY (folder, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE folder_tombstone (
  mailbox TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, created_seq INTEGER NOT NULL,
  PRIMARY KEY (mailbox, seq)
) STRICT, WITHOUT ROWID;

-- A folder's counts, kept by the database so that no writer can forget them.
CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
  UPDATE folder SET item_count = item_count + (1 - new.associated),
    unread_count = unread_count + (1 - new.associated) * (1 - new.is_read), size_bytes = size_bytes + new.size_bytes
  WHERE num = new.folder;
END;
CREATE TRIGGER item_removed AFTER DELETE ON item BEGIN
  UPDATE folder SET item_count = item_count - (1 - old.associated),
    unread_count = unread_count - (1 - old.associated) * (1 - old.is_read), size_bytes = size_bytes - old.size_bytes
  WHERE num = old.folder;
END;
CREATE TRIGGER item_changed AFTER UPDATE OF is_read, size_bytes ON item BEGIN
  UPDATE folder SET unread_count = unread_count + (1 - old.associated) * (old.is_read - new.is_read),
    size_bytes = size_bytes + new.size_bytes - old.size_bytes
  WHERE num = old.folder;
END;
-- PidTagLocalCommitTimeMax and PidTagDeletedCountTotal; two changes never have the same time.
CREATE TRIGGER item_added_at AFTER INSERT ON item BEGIN
  UPDATE folder SET last_change = max(last_change + 1, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  WHERE num = new.folder;
END;
CREATE TRIGGER item_changed_at AFTER UPDATE OF seq ON item BEGIN
  UPDATE folder SET last_change = max(last_change + 1, CAST(unixepoch('subsec') * 1000 AS INTEGER))
  WHERE num = new.folder;
END;
CREATE TRIGGER item_removed_at AFTER DELETE ON item BEGIN
  UPDATE folder SET last_change = max(last_change + 1, CAST(unixepoch('subsec') * 1000 AS INTEGER)),
    deleted_count = deleted_count + 1
  WHERE num = old.folder;
END;
PRAGMA user_version = ${SCHEMA_VERSION};
`;
