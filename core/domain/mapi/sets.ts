/** Property sets of named properties ([MS-OXPROPS] 1.3.2), as lower-case GUID text. */
export const PropSet = {
  Mapi: '00020328-0000-0000-c000-000000000046',
  PublicStrings: '00020329-0000-0000-c000-000000000046',
  InternetHeaders: '00020386-0000-0000-c000-000000000046',
  Appointment: '00062002-0000-0000-c000-000000000046',
  Task: '00062003-0000-0000-c000-000000000046',
  Address: '00062004-0000-0000-c000-000000000046',
  Common: '00062008-0000-0000-c000-000000000046',
  Log: '0006200a-0000-0000-c000-000000000046',
  Note: '0006200e-0000-0000-c000-000000000046',
  Sharing: '00062040-0000-0000-c000-000000000046',
  PostRss: '00062041-0000-0000-c000-000000000046',
  UnifiedMessaging: '4442858e-a9e3-4e80-b900-317a210cc15b',
  Meeting: '6ed8da90-450b-101b-98da-00aa003f1305',
  AirSync: '71035549-0739-4dcb-9163-00f0580dbbdf',
  CalendarAssistant: '11000e07-b51b-40d6-af21-caa85edab1d0',
} as const;

const NAMES = new Map<string, string>(
  Object.entries(PropSet).map(([name, guid]) => [
    guid,
    name === 'Mapi' ? 'PS_MAPI' : name === 'PublicStrings' ? 'PS_PUBLIC_STRINGS' : `PSETID_${name}`,
  ]),
);

/** The specification's name of a set, or its GUID where it has none. */
export function propSetName(set: string): string {
  if (set === PropSet.InternetHeaders) return 'PS_INTERNET_HEADERS';
  return NAMES.get(set) ?? set;
}
