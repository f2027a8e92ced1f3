/** Response codes this server answers with (messages.xsd, ResponseCodeType). */
export type ResponseCode =
  | 'ErrorAccessDenied'
  | 'ErrorAddDelegatesFailed'
  | 'ErrorArchiveMailboxNotEnabled'
  | 'ErrorCalendarCannotMoveOrCopyOccurrence'
  | 'ErrorCalendarEndDateIsEarlierThanStartDate'
  | 'ErrorCalendarInvalidRecurrence'
  | 'ErrorCalendarInvalidTimeZone'
  | 'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange'
  | 'ErrorCalendarOccurrenceIsDeletedFromRecurrence'
  | 'ErrorCalendarViewRangeTooBig'
  | 'ErrorCannotDeleteObject'
  | 'ErrorCannotEmptyFolder'
  | 'ErrorCannotUseFolderIdForItemId'
  | 'ErrorCannotUseItemIdForFolderId'
  | 'ErrorCannotSetPermissionUnknownEntries'
  | 'ErrorChangeKeyRequiredForWriteOperations'
  | 'ErrorContainsFilterWrongType'
  | 'ErrorCorruptData'
  | 'ErrorCreateSubfolderAccessDenied'
  | 'ErrorDelegateAlreadyExists'
  | 'ErrorDelegateCannotAddOwner'
  | 'ErrorDelegateNoUser'
  | 'ErrorInvalidDelegatePermission'
  | 'ErrorNotDelegate'
  | 'ErrorDeleteDistinguishedFolder'
  | 'ErrorDuplicateUserIdsSpecified'
  | 'ErrorFolderExists'
  | 'ErrorFolderNotFound'
  | 'ErrorImpersonateUserDenied'
  | 'ErrorImpersonationDenied'
  | 'ErrorInternalServerError'
  | 'ErrorInvalidAttachmentId'
  | 'ErrorInvalidExtendedProperty'
  | 'ErrorInvalidExtendedPropertyValue'
  | 'ErrorInvalidFolderId'
  | 'ErrorInvalidFolderTypeForOperation'
  | 'ErrorInvalidId'
  | 'ErrorInvalidIdMalformed'
  | 'ErrorInvalidIdXml'
  | 'ErrorInvalidIndexedPagingParameters'
  | 'ErrorInvalidItemForOperationCreateItem'
  | 'ErrorInvalidMailbox'
  | 'ErrorInvalidOofParameter'
  | 'ErrorInvalidOperation'
  | 'ErrorInvalidParentFolder'
  | 'ErrorInvalidPermissionSettings'
  | 'ErrorInvalidPropertyAppend'
  | 'ErrorInvalidPropertyDelete'
  | 'ErrorInvalidPropertyRequest'
  | 'ErrorInvalidPropertySet'
  | 'ErrorInvalidRequest'
  | 'ErrorInvalidRestriction'
  | 'ErrorInvalidServerVersion'
  | 'ErrorInvalidSyncStateData'
  | 'ErrorInvalidUserInfo'
  | 'ErrorInvalidValueForProperty'
  | 'ErrorIrresolvableConflict'
  | 'ErrorItemCorrupt'
  | 'ErrorItemNotFound'
  | 'ErrorItemSave'
  | 'ErrorMailRecipientNotFound'
  | 'ErrorMessageSizeExceeded'
  | 'ErrorMimeContentInvalid'
  | 'ErrorMimeContentInvalidBase64String'
  | 'ErrorMoveCopyFailed'
  | 'ErrorMultiLegacyMailboxAccess'
  | 'ErrorNameResolutionMultipleResults'
  | 'ErrorNameResolutionNoMailbox'
  | 'ErrorNameResolutionNoResults'
  | 'ErrorNoPublicFolderReplicaAvailable'
  | 'ErrorNonExistentMailbox'
  | 'ErrorObjectTypeChanged'
  | 'ErrorOperationNotAllowedWithPublicFolderRoot'
  | 'ErrorRulesOverQuota'
  | 'ErrorInboxRulesValidationError'
  | 'ErrorSchemaValidation'
  | 'ErrorServerBusy'
  | 'ErrorSyncFolderNotFound'
  | 'ErrorTimeZone'
  | 'ErrorUnsupportedPathForQuery'
  | 'ErrorUnsupportedPathForSortGroup'
  | 'ErrorUnsupportedPropertyDefinition'
  | 'ErrorUserNotAllowedByPolicy';

export interface EwsErrorDetail {
  /** Name and value pairs of MessageXml. */
  values?: Record<string, string>;
  /** Ready-made MessageXml content. */
  xml?: string;
}

/** What goes wrong with one thing a call names; the others go on. Becomes a response message. */
export class EwsError extends Error {
  readonly code: ResponseCode;
  readonly detail: EwsErrorDetail;
  constructor(code: ResponseCode, message: string, detail: EwsErrorDetail = {}) {
    super(message);
    this.name = 'EwsError';
    this.code = code;
    this.detail = detail;
  }
}

/** What ends the whole call: a SOAP fault in HTTP 500. */
export class SoapFault extends Error {
  readonly code: ResponseCode;
  readonly detail: EwsErrorDetail;
  constructor(code: ResponseCode, message: string, detail: EwsErrorDetail = {}) {
    super(message);
    this.name = 'SoapFault';
    this.code = code;
    this.detail = detail;
  }
}

/** The fault of a request that is no valid request, as Exchange words it. */
export function invalidRequest(why: string): SoapFault {
  return new SoapFault('ErrorInvalidRequest', `The request is invalid. ${why}`);
}

/** A code that a faults file names; it may be any, known to this server or not. */
export function orderedCode(code: string): ResponseCode {
  return code as ResponseCode;
}
