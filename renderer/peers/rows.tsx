import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { createRoot } from 'react-dom/client';

/** The list that bench/console compares scrolling with: @tanstack/react-virtual and plain rows, all of them in memory. */
const COUNT = 100_000;
const ROW = 36;
const STATES = ['In sync', 'Syncing', 'Waiting', 'Needs decision'];
const rows = Array.from({ length: COUNT }, (_, i) => {
  const total = 800 + ((i * 7919) % 12_000);
  return [`Ørsted, Søren ${i}`, STATES[i % STATES.length] ?? '', `${total}/${total}`, '286.1 MB', '–', '–', '0'];
});

function Rows() {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: COUNT,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  return (
    <div ref={scroller} className="scroll" style={{ height: '100vh', overflow: 'auto', font: '13px sans-serif' }}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div
            key={index}
            className="row"
            style={{
              position: 'absolute',
              left: 0,
              right: 0,
              height: ROW,
              transform: `translateY(${start}px)`,
              display: 'grid',
              gridTemplateColumns: '2fr 120px 1fr 76px 56px 84px 44px',
            }}
          >
            {rows[index]?.map((cell, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells of a row never change their order
              <span key={i}>{cell}</span>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(<Rows />);
