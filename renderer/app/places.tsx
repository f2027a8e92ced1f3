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
}

/** In the order of the trip. */
export const PLACES: readonly Place[] = [
  { path: '/batches', label: (t) => t.frame.batches, Icon: ViewListOutlined, waiting: (c) => c.batchDecisions },
];
