import { Box } from '@mui/material';
import { useColorScheme, useTheme } from '@mui/material/styles';
import {
  Background,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useEffect, useMemo } from 'react';
import { useTexts } from '../../app/texts.ts';
import { WAVE_COLOURS } from '../../app/theme.ts';
import { count } from '../../ui/figures.ts';
import { BOX } from './layout.ts';
import type { Picture } from './picture.ts';

type PersonNode = Node<{ name: string; number: string; colour: string }, 'person'>;
type RingNode = Node<{ title: string; wide: number; high: number; colour: string }, 'ring'>;

const nodeTypes = { person: Person, ring: RingOf };
/** In the middle of a node, whose box covers the ends of the lines. */
const hidden = { opacity: 0, pointerEvents: 'none', top: '50%', bottom: 'auto', left: '50%' } as const;

/** The picture: one colour and number a wave, cut ties in red, dashed, with the rights that they stand for. */
export default function WaveGraph({ picture }: { picture: Picture }) {
  const { plan: t } = useTexts();
  const { mode, systemMode } = useColorScheme();
  const theme = useTheme();
  const { palette } = theme.vars ?? theme;
  const nodes = useMemo(() => nodesOf(picture), [picture]);
  const edges = useMemo(
    (): Edge[] =>
      picture.ties.map(({ a, b, cut, weight, says }) => ({
        id: `${a}-${b}`,
        source: String(a),
        target: String(b),
        type: 'straight',
        zIndex: cut ? 2 : 1,
        style: {
          stroke: cut ? palette.error.main : palette.text.secondary,
          strokeWidth: Math.min(4, 1 + weight / 4),
          opacity: cut ? 1 : 0.45,
          ...(cut && { strokeDasharray: '6 4' }),
        },
        ...(cut && {
          label: says,
          labelStyle: { fill: palette.error.main, fontSize: 11 },
          labelBgStyle: { fill: palette.background.paper },
        }),
      })),
    [picture, palette],
  );
  const cut = picture.ties.filter((tie) => tie.cut).length;
  return (
    <Box
      role="group"
      aria-label={t.graphLabel({
        people: count(picture.people.length),
        ties: count(picture.ties.length),
        cut: count(cut),
      })}
      sx={{ height: 'min(60vh, 620px)', border: 1, borderColor: 'line', borderRadius: 1, overflow: 'hidden' }}
    >
      <ReactFlow
        // Another picture is fitted into the frame anew.
        key={`${picture.people.length} ${picture.rings.length}`}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={(mode === 'system' ? systemMode : mode) ?? 'light'}
        fitView
        minZoom={0.1}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onlyRenderVisibleElements
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
        <FitToFrame />
      </ReactFlow>
    </Box>
  );
}

/** The whole picture in sight again when the window, and with it the frame, gets another size. */
function FitToFrame() {
  const { fitView } = useReactFlow();
  const frame = useStore((state) => `${state.width} ${state.height}`);
  useEffect(() => {
    if (frame !== '0 0') void fitView();
  }, [frame, fitView]);
  return null;
}

function nodesOf(picture: Picture): (PersonNode | RingNode)[] {
  const numbers = new Map(picture.rings.map(({ wave }, i) => [wave, i]));
  const colour = (wave: string) => WAVE_COLOURS[(numbers.get(wave) ?? 0) % WAVE_COLOURS.length] ?? '';
  return [
    ...picture.rings.map(
      ({ wave, x, y, wide, high }): RingNode => ({
        id: `ring ${wave}`,
        type: 'ring',
        position: { x: x - wide, y: y - high },
        data: { title: wave, wide, high, colour: colour(wave) },
        draggable: false,
        zIndex: 0,
      }),
    ),
    ...picture.people.map(
      ({ id, wave, x, y, name }): PersonNode => ({
        id: String(id),
        type: 'person',
        position: { x: x - BOX.width / 2, y: y - BOX.height / 2 },
        data: { name, number: /\d+$/.exec(wave)?.[0] ?? '', colour: colour(wave) },
        zIndex: 3,
      }),
    ),
  ];
}

function Person({ data }: NodeProps<PersonNode>) {
  return (
    <Box
      title={data.name}
      sx={{
        ...BOX,
        px: 2,
        display: 'flex',
        gap: 1.5,
        alignItems: 'center',
        borderRadius: 1,
        border: '2px solid',
        bgcolor: 'background.paper',
        color: 'text.primary',
        fontSize: '0.75rem',
      }}
      style={{ borderColor: data.colour }}
    >
      <Handle type="target" position={Position.Top} style={hidden} isConnectable={false} />
      <b>{data.number}</b>
      <Box component="bdi" sx={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
        {data.name}
      </Box>
      <Handle type="source" position={Position.Bottom} style={hidden} isConnectable={false} />
    </Box>
  );
}

function RingOf({ data }: NodeProps<RingNode>) {
  return (
    <Box
      sx={{ borderRadius: '50%', border: '1px solid', textAlign: 'center', color: 'text.primary', fontWeight: 600 }}
      style={{
        width: data.wide * 2,
        height: data.high * 2,
        borderColor: data.colour,
        background: `color-mix(in srgb, ${data.colour} 8%, transparent)`,
      }}
    >
      <Box component="bdi" sx={{ position: 'relative', top: 8, fontSize: '0.8125rem' }}>
        {data.title}
      </Box>
    </Box>
  );
}
