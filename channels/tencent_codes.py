"""What Tencent Cloud's SMS codes mean for us: all of one API version, and of the gateway before it. Pure.

Sources: the error codes of its SMS API 2021-01-11 and of its API gateway (cloud.tencent.com 382/59177, 382/52067).
"""

from channels.code_table import CodeTable

#: Codes about filing signs and templates and about reading statistics: no send should ever get one.
_NOT_OF_SENDING = """
    FailedOperation.ForbidAddMarketingTemplates
    FailedOperation.MissingSignature
    FailedOperation.MissingSignatureList
    FailedOperation.MissingSignatureToModify
    FailedOperation.MissingTemplateList
    FailedOperation.MissingTemplateToModify
    FailedOperation.NotEnterpriseCertification
    FailedOperation.ProhibitSubAccountUse
    FailedOperation.QualificationIdNotApproved
    FailedOperation.SignIdNotExist
    FailedOperation.SignNumberLimit
    FailedOperation.TemplateAlreadyPassedCheck
    FailedOperation.TemplateIdNotExist
    FailedOperation.TemplateNumberLimit
    InvalidParameterValue.BeginTimeVerifyFail
    InvalidParameterValue.EndTimeVerifyFail
    InvalidParameterValue.ImageInvalid
    InvalidParameterValue.InvalidDocumentType
    InvalidParameterValue.InvalidInternational
    InvalidParameterValue.InvalidSignPurpose
    InvalidParameterValue.InvalidSmsType
    InvalidParameterValue.InvalidStartTime
    InvalidParameterValue.InvalidTemplateFormat
    InvalidParameterValue.InvalidUsedMethod
    InvalidParameterValue.LimitVerifyFail
    InvalidParameterValue.MarketingTemplateWithoutUnsubscribe
    InvalidParameterValue.MultiSmsInfoSetEmpty
    InvalidParameterValue.OffsetVerifyFail
    InvalidParameterValue.QualificationIdNotFound
    InvalidParameterValue.SignAlreadyPassedCheck
    InvalidParameterValue.SignExistAndUnapproved
    InvalidParameterValue.SignNameLengthTooLong
    InvalidParameterValue.TemplateWithDirtyWords
    InvalidParameterValue.UnsupportedTemplateVariable
"""

CODES = CodeTable(
    later={
        "FailedOperation.MarketingSendTimeConstraint": "promotion may be sent from 8 to 22 o'clock only",
        "InternalError.JsonParseFail": "the gateway has a fault of its own",
        "InternalError.OtherError": "the gateway has a fault of its own",
        "InternalError.ParseBackendResponseFail": "the gateway could not read the carrier's answer",
        "InternalError.SendAndRecvFail": "the gateway did not hear from its sending part in time",
        "InternalError.Timeout": "the gateway's sending part was too slow",
        "InternalError.UnknownError": "the gateway has a fault of its own",
        "LimitExceeded.DeliveryFrequencyLimit": "this number has had its share of messages for the time being",
        "LimitExceeded.GlobalSmsSendingRateLimit": "too many messages a second",
        "LimitExceeded.PhoneNumberDailyLimit": "this number has had its share of messages for the day",
        "LimitExceeded.PhoneNumberOneHourLimit": "this number has had its share of messages for the hour",
        "LimitExceeded.PhoneNumberSameContentDailyLimit": "this number has had these words often enough for the day",
        "LimitExceeded.PhoneNumberThirtySecondLimit": "this number has had its share of messages for half a minute",
        "InternalError": "the gateway has a fault of its own",
        "ResourceUnavailable": "the gateway is out of service for the moment",
        "ServiceUnavailable": "the gateway is out of service for the moment",
    },
    dead={
        "FailedOperation.PhoneNumberInBlacklist": "this number is on a do-not-disturb list",
        "FailedOperation.PhoneNumberParseFail": "this is not a phone number",
        "InvalidParameterValue.IncorrectPhoneNumber": "this is not a phone number",
        "UnsupportedOperation.UnsupportedRegion": "the platform does not reach the region of this number",
    },
    ours={
        "FailedOperation.ContainSensitiveWord": "the words are forbidden",
        "FailedOperation.FailResolvePacket": "the gateway cannot read the request",
        "FailedOperation.InsufficientBalanceInSmsPackage": "the package of messages is used up",
        "FailedOperation.JsonParseFail": "the gateway cannot read the request",
        "FailedOperation.OtherError": "a parameter has the wrong form",
        "FailedOperation.ParametersOtherError": "a parameter has the wrong form",
        "FailedOperation.SignatureIncorrectOrUnapproved": "the sign name is not an approved one of this account",
        "FailedOperation.TemplateIncorrectOrUnapproved": "the template is not approved, or the words do not fit it",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "the template has another number of variables",
        "FailedOperation.TemplateUnapprovedOrNotExist": "the template is not approved, or does not exist",
        "InternalError.RequestTimeException": "this server's clock is off",
        "InternalError.RestApiInterfaceNotExist": "the endpoint does not know this action",
        "InternalError.SigFieldMissing": "the request carries no signature",
        "InternalError.SigVerificationFail": "the signature is wrong",
        "InvalidParameter": "a parameter has the wrong form",
        "InvalidParameter.AppidAndBizId": "the application is not one of this account",
        "InvalidParameter.DirtyWordFound": "the words are forbidden",
        "InvalidParameter.InvalidParameters": "a parameter has the wrong form",
        "InvalidParameterValue.ContentLengthLimit": "the words are longer than the platform takes",
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": "a value holds a link",
        "InvalidParameterValue.SdkAppIdNotExist": "the application (SdkAppId) does not exist",
        "InvalidParameterValue.TemplateParameterFormatError": "a template for codes takes only up to 6 digits",
        "InvalidParameterValue.TemplateParameterLengthLimit": "a value is too long: lower `longest`",
        "LimitExceeded.AppCountryOrRegionDailyLimit": "the region's limit of the day is reached",
        "LimitExceeded.AppCountryOrRegionInBlacklist": "this region is not set in the console",
        "LimitExceeded.AppDailyLimit": "the day's limit set in the console is reached",
        "LimitExceeded.AppGlobalDailyLimit": "the day's limit for numbers abroad is reached",
        "LimitExceeded.AppMainlandChinaDailyLimit": "the day's limit for the mainland is reached",
        "LimitExceeded.DailyLimit": "the day's limit of the account is reached",
        "LimitExceeded.PhoneNumberCountLimit": "too many numbers in one request",
        "MissingParameter": "a parameter is missing",
        "MissingParameter.EmptyPhoneNumberSet": "the request names no number",
        "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny": "a private account may not promote",
        "UnauthorizedOperation.RequestIpNotInWhitelist": "the account does not allow this server's IP",
        "UnauthorizedOperation.RequestPermissionDeny": "the account may not send",
        "UnauthorizedOperation.SdkAppIdIsDisabled": "the application (SdkAppId) is switched off",
        "UnauthorizedOperation.ServiceSuspendDueToArrears": "the account is suspended for its balance",
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail": "the application (SdkAppId) is not one of the key's account",
        "UnsupportedOperation": "the platform does not do this",
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": "the template is not for abroad",
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": "mixed numbers in one request",
        "UnsupportedOperation.ContainDomesticPhoneNumber": "this account sends to numbers abroad only",
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": "the template is for abroad only",
        "AuthFailure.InvalidAuthorization": "the endpoint cannot read the signature",
        "AuthFailure.InvalidSecretId": "the secret id is not one of an API key",
        "AuthFailure.MFAFailure": "the account asks for a second factor",
        "AuthFailure.SecretIdNotFound": "the secret id does not exist, or is switched off",
        "AuthFailure.SignatureExpire": "this server's clock is more than 5 minutes off",
        "AuthFailure.SignatureFailure": "the secret is wrong",
        "AuthFailure.TokenFailure": "the temporary key is not valid",
        "AuthFailure.UnauthorizedOperation": "the API key may not send SMS (CAM permission)",
        "ActionOffline": "the platform has withdrawn this action",
        "DryRunOperation": "the endpoint only tries requests out",
        "FailedOperation": "the platform does not do this (the message says why)",
        "InvalidAction": "the endpoint does not know this action",
        "InvalidRequest": "the gateway cannot read the request",
        "IpInBlacklist": "this server's IP is on the account's black list",
        "IpNotInWhitelist": "the account does not allow this server's IP",
        "LimitExceeded": "a limit of the account is reached",
        "RequestSizeLimitExceeded": "the request is too large: lower numbers_per_request",
        "ResourceInUse": "the account's resource is in use elsewhere",
        "ResourceInsufficient": "the account's resources do not suffice",
        "ResourceNotFound": "the account has no such resource",
        "ResponseSizeLimitExceeded": "the answer is too large: lower numbers_per_request",
        "InvalidParameterValue": "a parameter has a wrong value",
        "NoSuchVersion": "the endpoint does not know this version of the API",
        "NoSuchProduct": "the endpoint does not know this product",
        "UnauthorizedOperation": "the API key may not send SMS (CAM permission)",
        "UnknownParameter": "the endpoint does not know a parameter",
        "UnsupportedProtocol": "the endpoint takes GET and POST only",
        "UnsupportedRegion": "the endpoint does not know this region",
        **dict.fromkeys(_NOT_OF_SENDING.split(), "this code is not about sending: check the endpoint"),
    },
    unknown="a code that this channel does not know: look it up at cloud.tencent.com/document/product/382/59177",
    later_families={"RequestLimitExceeded": "too many requests a second"},
    # The platform does not say whether the carrier has it.
    doubtful=frozenset({"InternalError.SendAndRecvFail", "InternalError.Timeout"}),
    waits={"LimitExceeded.PhoneNumberThirtySecondLimit": 30.0},
)
