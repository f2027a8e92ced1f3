/** Result codes (RFC 4511 appendix A) the lab gives. */
export const ResultCode = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  authMethodNotSupported: 7,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  constraintViolation: 19,
  attributeOrValueExists: 20,
  invalidAttributeSyntax: 21,
  noSuchObject: 32,
  invalidDNSyntax: 34,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  unavailable: 52,
  unwillingToPerform: 53,
  namingViolation: 64,
  objectClassViolation: 65,
  notAllowedOnNonLeaf: 66,
  notAllowedOnRDN: 67,
  entryAlreadyExists: 68,
  affectsMultipleDSAs: 71,
  other: 80,
} as const;
export type ResultCode = (typeof ResultCode)[keyof typeof ResultCode];

/** An operation that ends with a result other than success. The message has AD's form, Win32 code first. */
export class LdapResult extends Error {
  readonly code: ResultCode;
  readonly matchedDn: string;
  readonly referrals: readonly string[];
  constructor(code: ResultCode, message: string, options: { matchedDn?: string; referrals?: readonly string[] } = {}) {
    super(message);
    this.code = code;
    this.matchedDn = options.matchedDn ?? '';
    this.referrals = options.referrals ?? [];
  }
}

/** The errors that several operations share, as AD words them. */
export const refuse = {
  noSuchObject: (matchedDn: string) =>
    new LdapResult(
      ResultCode.noSuchObject,
      `0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'${matchedDn}'\n`,
      { matchedDn },
    ),
  invalidDn: (dn: string) =>
    new LdapResult(
      ResultCode.invalidDNSyntax,
      `0000208F: NameErr: DSID-0310021B, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'${dn}'\n`,
    ),
  noSuchAttribute: (attribute: string) =>
    new LdapResult(
      ResultCode.noSuchAttribute,
      `00002085: AtrErr: DSID-03151F22, #1:\n\t0: 00002085: DSID-03151F22, problem 1001 (NO_ATTRIBUTE_OR_VAL), data 0, Att (${attribute})\n`,
    ),
  valueExists: (attribute: string) =>
    new LdapResult(
      ResultCode.attributeOrValueExists,
      `00002083: AtrErr: DSID-03151A9A, #1:\n\t0: 00002083: DSID-03151A9A, problem 1006 (ATT_OR_VALUE_EXISTS), data 0, Att (${attribute})\n`,
    ),
  unknownAttribute: (attribute: string) =>
    new LdapResult(
      ResultCode.noSuchAttribute,
      `00000057: LdapErr: DSID-0C090D8A, comment: Error in attribute conversion operation (${attribute}), data 0, v4563`,
    ),
  constraint: (attribute: string, win32 = '0000207C') =>
    new LdapResult(
      ResultCode.constraintViolation,
      `${win32}: AtrErr: DSID-03151904, #1:\n\t0: ${win32}: DSID-03151904, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att (${attribute})\n`,
    ),
  syntax: (attribute: string) =>
    new LdapResult(
      ResultCode.invalidAttributeSyntax,
      `00000057: LdapErr: DSID-0C090D8A, comment: Error in attribute conversion operation (${attribute}), data 0, v4563`,
    ),
  access: () =>
    new LdapResult(
      ResultCode.insufficientAccessRights,
      '00002098: SecErr: DSID-03150F94, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n',
    ),
  unwilling: (why: string, win32 = '0000209A') =>
    new LdapResult(
      ResultCode.unwillingToPerform,
      `${win32}: SvcErr: DSID-03190E49, problem 5003 (WILL_NOT_PERFORM), data 0 (${why})\n`,
    ),
  exists: (win32 = '00002071') =>
    new LdapResult(
      ResultCode.entryAlreadyExists,
      `${win32}: UpdErr: DSID-031A11E9, problem 6005 (ENTRY_EXISTS), data 0\n`,
    ),
  /** ERROR_MEMBER_IN_ALIAS and its opposite: what AD says of a group's members instead of the plain value errors. */
  isMember: () => refuse.exists('00000562'),
  isNoMember: () => refuse.unwilling('not a member', '00000561'),
  naming: () =>
    new LdapResult(
      ResultCode.namingViolation,
      '00002099: NameErr: DSID-0305109C, problem 2005 (NAMING_VIOLATION), data 0, best match of:\n',
    ),
  unknownClass: (name: string) =>
    new LdapResult(
      ResultCode.noSuchAttribute,
      `0000057: LdapErr: DSID-0C090D8A, comment: Error in attribute conversion operation (objectClass ${name}), data 0, v4563`,
    ),
  onRdn: (attribute: string) =>
    new LdapResult(
      ResultCode.notAllowedOnRDN,
      `000020B1: UpdErr: DSID-030F112A, problem 6004 (CANT_ON_RDN), data 0 (${attribute})\n`,
    ),
  classViolation: (attribute: string) =>
    new LdapResult(
      ResultCode.objectClassViolation,
      `0000207D: UpdErr: DSID-03151159, problem 6002 (OBJ_CLASS_VIOLATION), data 0 (${attribute})\n`,
    ),
} as const;
