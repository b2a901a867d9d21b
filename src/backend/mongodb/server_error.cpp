#include "backend/mongodb/server_error.h"

#include <mongoc/mongoc.h>

namespace tilth::mongodb {

// Codes: MongoDB's src/mongo/base/error_codes.yml.
Fault FaultOfServerCode(int32_t code) {
    switch (code) {
        case 2:      // BadValue
        case 9:      // FailedToParse
        case 14:     // TypeMismatch
        case 22:     // InvalidBSON
        case 52:     // DollarPrefixedFieldName
        case 53:     // InvalidIdField
        case 57:     // DottedFieldName
        case 73:     // InvalidNamespace
        case 121:    // DocumentValidationFailure
        case 10334:  // BSONObjectTooLarge
        case 17280:  // KeyTooLong
            return Fault::kBadInput;
        case 13:    // Unauthorized
        case 18:    // AuthenticationFailed
        case 8000:  // AtlasError: wrong password, in the service's words
            return Fault::kRefused;
        case 26:  // NamespaceNotFound
            return Fault::kNotFound;
        case 85:  // IndexOptionsConflict
        case 86:  // IndexKeySpecsConflict
            return Fault::kConflict;
        default:
            return Fault::kUnavailable;
    }
}

Fault FaultOf(const bson_error_t& error) {
    switch (error.domain) {
        case MONGOC_ERROR_SERVER:
        case MONGOC_ERROR_WRITE_CONCERN:
            return FaultOfServerCode(static_cast<int32_t>(error.code));
        case MONGOC_ERROR_CLIENT:
            return error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE ? Fault::kRefused
                                                                  : Fault::kUnavailable;
        case MONGOC_ERROR_SASL:
        case MONGOC_ERROR_SCRAM:
            return Fault::kRefused;
        case MONGOC_ERROR_BSON:
        case MONGOC_ERROR_NAMESPACE:
            return Fault::kBadInput;
        default:
            return Fault::kUnavailable;
    }
}

bool MayHaveHadItsEffect(const bson_error_t& error) {
    return error.domain != MONGOC_ERROR_SERVER_SELECTION && FaultOf(error) == Fault::kUnavailable;
}

}  // namespace tilth::mongodb
