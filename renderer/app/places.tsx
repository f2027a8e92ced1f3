import AccountTreeOutlined from '@mui/icons-material/AccountTreeOutlined';
import AssignmentTurnedInOutlined from '@mui/icons-material/AssignmentTurnedInOutlined';
import CompareArrowsOutlined from '@mui/icons-material/CompareArrowsOutlined';
import DashboardOutlined from '@mui/icons-material/DashboardOutlined';
import DnsOutlined from '@mui/icons-material/DnsOutlined';
import EditNoteOutlined from '@mui/icons-material/EditNoteOutlined';
import FactCheckOutlined from '@mui/icons-material/FactCheckOutlined';
import FolderSharedOutlined from '@mui/icons-material/FolderSharedOutlined';
import HistoryOutlined from '@mui/icons-material/HistoryOutlined';
import HubOutlined from '@mui/icons-material/HubOutlined';
import MailOutlined from '@mui/icons-material/MailOutlined';
import PeopleAltOutlined from '@mui/icons-material/PeopleAltOutlined';
import SettingsOutlined from '@mui/icons-material/SettingsOutlined';
import ViewListOutlined from '@mui/icons-material/ViewListOutlined';
import type { ComponentType } from 'react';
import type { Texts } from './texts.ts';

/** A place of the rail. Each screen adds a line here and its routes in router.tsx. */
export interface Place {
  path: string;
  label: (texts: Texts) => string;
  Icon: ComponentType<{ fontSize?: 'small' }>;
  /** How many decisions wait there, from the counts that the frame reads. */
  waiting?: (counts: PlaceCounts) => number;
}

export interface PlaceCounts {
  batchDecisions: number;
  workersWaiting: number;
  conflicts: number;
  blocking: number;
}

/** In the order of the trip. */
export const PLACES: readonly Place[] = [
  { path: '/', label: (t) => t.frame.overview, Icon: DashboardOutlined },
  { path: '/forests', label: (t) => t.frame.forests, Icon: HubOutlined },
  { path: '/preflight', label: (t) => t.frame.preflight, Icon: FactCheckOutlined, waiting: (c) => c.blocking },
  { path: '/recipients', label: (t) => t.frame.recipients, Icon: PeopleAltOutlined },
  { path: '/matches', label: (t) => t.frame.matches, Icon: CompareArrowsOutlined, waiting: (c) => c.conflicts },
  { path: '/prepare', label: (t) => t.frame.prepare, Icon: EditNoteOutlined },
  { path: '/plan', label: (t) => t.frame.plan, Icon: AccountTreeOutlined },
  { path: '/batches', label: (t) => t.frame.batches, Icon: ViewListOutlined, waiting: (c) => c.batchDecisions },
  { path: '/public-folders', label: (t) => t.frame.publicFolders, Icon: FolderSharedOutlined },
  { path: '/workers', label: (t) => t.frame.workers, Icon: DnsOutlined, waiting: (c) => c.workersWaiting },
  { path: '/reports', label: (t) => t.frame.reports, Icon: AssignmentTurnedInOutlined },
  { path: '/notifications', label: (t) => t.frame.notifications, Icon: MailOutlined },
  { path: '/audit', label: (t) => t.frame.audit, Icon: HistoryOutlined },
  { path: '/settings', label: (t) => t.frame.settings, Icon: SettingsOutlined },
];
