#include "api/http/auth.h"

#include <gtest/gtest.h>

namespace tilth::api {
namespace {

Sender Local() {
    Sender sender;
    sender.address = "127.0.0.1";
    sender.loopback = true;
    return sender;
}

Sender Remote() {
    Sender sender;
    sender.address = "10.0.0.5";
    return sender;
}

AuthOptions WithToken() {
    AuthOptions options;
    options.tokens = Tokens::Parse(fmt::format("alice flag {}", HashToken("secret")), "t").value();
    return options;
}

TEST(AuthTest, WithoutTokensOnlyLoopbackMayWrite) {
    EXPECT_EQ(Authenticate({}, Local()).value().name, "local");
    EXPECT_EQ(Authenticate({}, Local()).value().right, Right::kAdminister);
    EXPECT_EQ(Authenticate({}, Remote()).value().right, Right::kRead);
}

TEST(AuthTest, ForwardedIsNotLocal) {
    Sender sender = Local();
    sender.forwarded = true;
    EXPECT_EQ(Authenticate({}, sender).value().right, Right::kRead);
}

TEST(AuthTest, ATokenNamesSubjectAndRight) {
    Sender sender = Remote();
    sender.authorization = "bearer secret";
    EXPECT_EQ(Authenticate(WithToken(), sender).value().name, "alice");
    EXPECT_EQ(Authenticate(WithToken(), sender).value().right, Right::kFlag);
    sender.authorization = "Bearer guess";
    EXPECT_FALSE(Authenticate(WithToken(), sender));
    sender.authorization = "Basic c2VjcmV0";
    EXPECT_FALSE(Authenticate(WithToken(), sender));
}

TEST(AuthTest, WithTokensOthersReadOnLoopbackOnly) {
    EXPECT_EQ(Authenticate(WithToken(), Local()).value().right, Right::kRead);
    EXPECT_EQ(Authenticate(WithToken(), Remote()).value().right, Right::kNone);
}

TEST(AuthTest, OnlyATrustedProxyNamesSubjects) {
    AuthOptions options;
    options.proxy = {{"10.0.0.5"}, "X-Forwarded-User", Right::kFlag};
    Sender sender = Remote();
    sender.proxy_subject = "bob";
    EXPECT_EQ(Authenticate(options, sender).value().name, "bob");
    EXPECT_EQ(Authenticate(options, sender).value().right, Right::kFlag);
    sender.address = "10.0.0.6";
    EXPECT_EQ(Authenticate(options, sender).value().right, Right::kNone);
}

TEST(AuthTest, AHashIsSha256) {  // FIPS 180-4, "abc"
    EXPECT_EQ(HashToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AuthTest, AWrongLineOfATokenFileIsNamed) {
    for (const char* text : {"# fine\nalice read abc", "# fine\nalice own ", "# fine\nalice"}) {
        const auto tokens = Tokens::Parse(text, "tokens.txt");
        ASSERT_FALSE(tokens) << text;
        EXPECT_TRUE(tokens.error().message.starts_with("tokens.txt:2: ")) << tokens.error().message;
    }
    EXPECT_FALSE(Tokens::Load("/nonexistent/tokens"));
}

}  // namespace
}  // namespace tilth::api
