/** The folders of a new mailbox, as Exchange 2016 and later makes them. */
export interface FolderPlan {
  /** EWS DistinguishedFolderIdName; null for a folder that has none. */
  distinguished: string | null;
  name: string;
  folderClass: string;
  hidden?: boolean;
  children?: FolderPlan[];
}

const NOTE = 'IPF.Note';

const folder = (distinguished: string | null, name: string, folderClass = NOTE, children?: FolderPlan[]): FolderPlan =>
  children ? { distinguished, name, folderClass, children } : { distinguished, name, folderClass };

const hidden = (plan: FolderPlan): FolderPlan => ({ ...plan, hidden: true });

/** Names of the folders people see, where the mailbox speaks another language than English. */
const NAMES: Record<string, Record<string, string>> = {
  de: {
    msgfolderroot: 'Oberste Ebene des Informationsspeichers',
    inbox: 'Posteingang',
    sentitems: 'Gesendete Elemente',
    drafts: 'Entwürfe',
    deleteditems: 'Gelöschte Elemente',
    outbox: 'Postausgang',
    junkemail: 'Junk-E-Mail',
    calendar: 'Kalender',
    contacts: 'Kontakte',
    tasks: 'Aufgaben',
    notes: 'Notizen',
    journal: 'Journal',
    conversationhistory: 'Aufgezeichnete Unterhaltungen',
  },
  fr: {
    msgfolderroot: 'Racine de la banque d’informations',
    inbox: 'Boîte de réception',
    sentitems: 'Éléments envoyés',
    drafts: 'Brouillons',
    deleteditems: 'Éléments supprimés',
    outbox: 'Boîte d’envoi',
    junkemail: 'Courrier indésirable',
    calendar: 'Calendrier',
    contacts: 'Contacts',
    tasks: 'Tâches',
    notes: 'Notes',
    journal: 'Journal',
    conversationhistory: 'Historique des conversations',
  },
  ja: {
    msgfolderroot: 'インフォメーション ストアの先頭',
    inbox: '受信トレイ',
    sentitems: '送信済みアイテム',
    drafts: '下書き',
    deleteditems: '削除済みアイテム',
    outbox: '送信トレイ',
    junkemail: '迷惑メール',
    calendar: '予定表',
    contacts: '連絡先',
    tasks: 'タスク',
    notes: 'メモ',
    journal: '履歴',
    conversationhistory: '会話履歴',
  },
};

/** The folder tree of a new mailbox below its root. */
export function mailboxPlan(language: string): FolderPlan {
  const names = NAMES[language] ?? {};
  const seen = (id: string, english: string, folderClass = NOTE, children?: FolderPlan[]) =>
    folder(id, names[id] ?? english, folderClass, children);
  return folder('root', 'Root', '', [
    seen('msgfolderroot', 'Top of Information Store', '', [
      seen('inbox', 'Inbox'),
      seen('sentitems', 'Sent Items'),
      seen('drafts', 'Drafts'),
      seen('deleteditems', 'Deleted Items'),
      seen('outbox', 'Outbox'),
      seen('junkemail', 'Junk Email'),
      seen('calendar', 'Calendar', 'IPF.Appointment'),
      seen('contacts', 'Contacts', 'IPF.Contact', [
        hidden(folder('recipientcache', 'Recipient Cache', 'IPF.Contact.RecipientCache')),
        hidden(folder('quickcontacts', 'Lync Contacts', 'IPF.Contact.MOC.QuickContacts')),
      ]),
      seen('tasks', 'Tasks', 'IPF.Task'),
      seen('notes', 'Notes', 'IPF.StickyNote'),
      seen('journal', 'Journal', 'IPF.Journal'),
      seen('conversationhistory', 'Conversation History', NOTE),
      folder('syncissues', 'Sync Issues', NOTE, [
        folder('conflicts', 'Conflicts'),
        folder('localfailures', 'Local Failures'),
        folder('serverfailures', 'Server Failures'),
      ]),
    ]),
    folder('searchfolders', 'Finder', ''),
    folder(null, 'Common Views', ''),
    folder(null, 'Deferred Action', ''),
    recoverable('recoverableitems'),
  ]);
}

/** The folder tree of an archive mailbox below its root. */
export function archivePlan(): FolderPlan {
  return folder('archiveroot', 'Archive Root', '', [
    folder('archivemsgfolderroot', 'Top of Information Store', '', [
      folder('archivedeleteditems', 'Deleted Items'),
      folder('archiveinbox', 'Inbox'),
    ]),
    recoverable('archiverecoverableitems'),
  ]);
}

/** Recoverable items: the dumpster that no folder list shows but every whole migration must bring. */
function recoverable(prefix: string): FolderPlan {
  return hidden(
    folder(`${prefix}root`, 'Recoverable Items', '', [
      folder(`${prefix}deletions`, 'Deletions', ''),
      folder(`${prefix}versions`, 'Versions', ''),
      folder(`${prefix}purges`, 'Purges', ''),
      folder(`${prefix}discoveryholds`, 'DiscoveryHolds', ''),
    ]),
  );
}

/** The public-folder tree: IPM_SUBTREE is what clients know as its root. */
export const PUBLIC_PLAN: FolderPlan = folder('publicfoldersroot', 'IPM_SUBTREE', '');
