/** What was named is not in this organisation. */
export class NotFoundError extends Error {
  readonly kind: 'mailbox' | 'folder' | 'item';
  readonly id: string;
  constructor(kind: 'mailbox' | 'folder' | 'item', id: string) {
    super(`no ${kind} ${id}`);
    this.name = 'NotFoundError';
    this.kind = kind;
    this.id = id;
  }
}

/** A folder of that name (any case) is already there. */
export class FolderExistsError extends Error {
  readonly folderId: string;
  constructor(folderId: string) {
    super('a folder of that name exists');
    this.name = 'FolderExistsError';
    this.folderId = folderId;
  }
}

/** A folder would become its own ancestor, or a folder that Exchange keeps would be moved or deleted. */
export class FolderRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FolderRefusedError';
  }
}

/** The sync state is not one this store gave for this folder or mailbox. */
export class SyncStateError extends Error {
  constructor() {
    super('the sync state is not one of this folder');
    this.name = 'SyncStateError';
  }
}
