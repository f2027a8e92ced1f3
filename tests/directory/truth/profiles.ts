/** What two companies have in common; every share is of the people who are in both directories. */
export interface Profile {
  name: string;
  people: number;
  /** People who are only in the source, and only in the target, as shares of `people`. */
  onlySource: number;
  onlyTarget: number;
  /** An SMTP address of the source stands at the target object. */
  sharedAddress: number;
  /** Both have the same employeeID. */
  employeeId: number;
  /** employeeIDs of the two companies overlap: other people have the same numbers. */
  overlappingIds: boolean;
  /** Same logon name on both sides, where the person has one made from a name. */
  sameLogin: number;
  /** The target gives logon names that other people have in the source. */
  reusedLogins: number;
  /** Who stands in the target only as a contact. */
  contacts: number;
  /** Who has an account, and a contact that stands for the source mailbox beside it. */
  contactsToo: number;
  renamed: number;
  married: number;
  moved: number;
  typos: number;
  nicknames: number;
  swapped: number;
  twins: number;
  homonyms: number;
  /** Objects in the target that took over an address somebody of the same name had before. */
  reusedAddresses: number;
  /** Telephone numbers are kept. */
  samePhone: number;
  /** The target knows telephone numbers, departments and the like at all. */
  phones: boolean;
  desks: number;
  shared: number;
  rooms: number;
  groups: number;
}

const BASE: Profile = {
  name: 'usual',
  people: 5000,
  onlySource: 0.1,
  onlyTarget: 0.3,
  sharedAddress: 0.7,
  employeeId: 0.6,
  overlappingIds: false,
  sameLogin: 0.5,
  reusedLogins: 0.02,
  contacts: 0.08,
  contactsToo: 0.05,
  renamed: 0.01,
  married: 0.03,
  moved: 0.15,
  typos: 0.03,
  nicknames: 0.05,
  swapped: 0.02,
  twins: 0.005,
  homonyms: 0.02,
  reusedAddresses: 0.002,
  samePhone: 0.6,
  phones: true,
  desks: 1,
  shared: 0.03,
  rooms: 0.02,
  groups: 0.02,
};

/** Kinds of company that are put together; each leans on other keys than the one before. */
export const PROFILES: Profile[] = [
  BASE,
  { ...BASE, name: 'provisioned by HR', employeeId: 0.97, sharedAddress: 0.1, sameLogin: 0.3 },
  {
    ...BASE,
    name: 'merger with overlapping numbers',
    employeeId: 0.3,
    overlappingIds: true,
    sharedAddress: 0.55,
    sameLogin: 0.2,
    reusedLogins: 0.15,
  },
  { ...BASE, name: 'address book synced', sharedAddress: 0.9, contacts: 0.4, employeeId: 0, contactsToo: 0.2 },
  {
    ...BASE,
    name: 'little in common',
    sharedAddress: 0.5,
    employeeId: 0.35,
    samePhone: 0.75,
    sameLogin: 0.35,
    moved: 0.08,
  },
  {
    ...BASE,
    name: 'no numbers anywhere',
    sharedAddress: 0.8,
    employeeId: 0,
    phones: false,
    sameLogin: 0.4,
    moved: 0.05,
  },
  { ...BASE, name: 'ids alone', sharedAddress: 0, employeeId: 1, phones: false, desks: 0.3 },
  { ...BASE, name: 'addresses alone', sharedAddress: 1, employeeId: 0, phones: false, desks: 0.2, moved: 0.5 },
];
