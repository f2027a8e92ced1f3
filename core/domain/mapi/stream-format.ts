import { isCodePage } from './codepages.ts';
import { PropType } from './model.ts';

/** Frames of an export stream as observed: `opcode:uint32 length:uint32 data`, little-endian. */
export const Frame = { config: 1, transferBuffer: 2, isInterfaceOk: 3, tellPartnerVersion: 4 } as const;

/** Markers of [MS-OXCFXICS] 2.2.4.1.4. */
export const Marker = {
  newAttach: 0x40000003,
  startEmbed: 0x40010003,
  endEmbed: 0x40020003,
  startRecip: 0x40030003,
  endToRecip: 0x40040003,
  startTopFolder: 0x40090003,
  startSubFolder: 0x400a0003,
  endFolder: 0x400b0003,
  startMessage: 0x400c0003,
  endMessage: 0x400d0003,
  endAttach: 0x400e0003,
  startFaiMessage: 0x40100003,
  incrSyncChange: 0x40120003,
  incrSyncDelete: 0x40130003,
  incrSyncEnd: 0x40140003,
  incrSyncMessage: 0x40150003,
  fxErrorInfo: 0x40180003,
  incrSyncRead: 0x402f0003,
  incrSyncStateBegin: 0x403a0003,
  incrSyncStateEnd: 0x403b0003,
  incrSyncProgressMode: 0x4074000b,
  incrSyncProgressPerMessage: 0x4075000b,
  incrSyncGroupInfo: 0x407b0102,
  incrSyncChangePartial: 0x407d0003,
} as const;

const MARKERS = new Set<number>(Object.values(Marker));
export const isMarker = (value: number): boolean => MARKERS.has(value);

export function markerName(value: number): string {
  const found = Object.entries(Marker).find(([, marker]) => marker === value);
  return found ? found[0] : `0x${value.toString(16).padStart(8, '0')}`;
}

/** Ids of meta-properties ([MS-OXCFXICS] 2.2.4.1.5): they steer the reader and are no property of the item. */
const META = new Set([
  0x4008, // MetaTagDnPrefix: MUST be ignored when received
  0x400f, // MetaTagEcWarning
  0x4011, // MetaTagNewFXFolder
  0x4016, // MetaTagFXDelProp: clears sub-objects of the destination first
  0x407a, // MetaTagIncrementalSyncMessagePartial
  0x407c, // MetaTagIncrSyncGroupId
]);
export const isMetaProperty = (id: number): boolean => META.has(id);

/** MetaTagFXDelProp with the tags of the two kinds of sub-objects it clears, as Exchange writes it before them. */
export const FX_DEL_PROP = 0x40160003;

/** High bit of a type in a stream: a string in the code page of the low 15 bits ([MS-OXCFXICS] 2.2.4.1.1.1). */
export const CODE_PAGE_STRING = 0x8000;
/** Exchange writes every Unicode string as code page 1200. */
export const UNICODE_STRING = 0x84b0;

/** Bytes of a fixed-size value in a stream; 0 for variable size; undefined for a type that does not exist. */
export function fixedSize(scalarType: number): number | undefined {
  switch (scalarType) {
    case PropType.Integer16:
    case PropType.Boolean: // 2 bytes in FastTransfer streams ([MS-OXCFXICS] 2.2.4.1.3)
      return 2;
    case PropType.Integer32:
    case PropType.Floating32:
    case PropType.ErrorCode:
      return 4;
    case PropType.Floating64:
    case PropType.Currency:
    case PropType.FloatingTime:
    case PropType.Integer64:
    case PropType.Time:
      return 8;
    case PropType.Guid:
      return 16;
    case PropType.Object:
    case PropType.String8:
    case PropType.String:
    case PropType.ServerId:
    case PropType.Binary:
      return 0;
    default:
      return scalarType & CODE_PAGE_STRING ? 0 : undefined;
  }
}

export const MULTI_VALUE = 0x1000;

/** Splits a type as it stands in a stream into its scalar type and whether it is multi-valued. */
export function splitType(raw: number): { scalar: number; multiple: boolean } | undefined {
  if (raw & CODE_PAGE_STRING) {
    // 0x1000 may be a part of the page (20866 is 0x5182) or the flag: a page that exists decides.
    const page = raw & ~CODE_PAGE_STRING;
    const multiple = !isCodePage(page) && (page & MULTI_VALUE) !== 0 && isCodePage(page & ~MULTI_VALUE);
    return { scalar: multiple ? raw & ~MULTI_VALUE : raw, multiple };
  }
  const multiple = (raw & MULTI_VALUE) !== 0;
  const scalar = raw & ~MULTI_VALUE;
  if (fixedSize(scalar) === undefined) return undefined;
  if (multiple) {
    const single: number[] = [PropType.Boolean, PropType.Object, PropType.ErrorCode, PropType.ServerId];
    if (single.includes(scalar)) return undefined;
  }
  return { scalar, multiple };
}
