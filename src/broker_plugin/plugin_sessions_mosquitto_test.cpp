// Subscriptions that Mosquitto loses at a restart.
#include "broker_plugin/testing/plugin_broker.h"

namespace tilth {
namespace {

using testing::ElementsAre;

class PluginSessionTest : public PluginTest {};

TEST_F(PluginSessionTest, ASharedSubscriptionGetsWhatCameWhileItWasAway) {
    StartBroker();
    MakeSession("member", "$share/group/a");
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m 1");
    KillAndRestart();
    Publish("-q 1 -t a -m 2");
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m 3");
    EXPECT_THAT(WithoutTimeout(Receive("member", "$share/group/a")), ElementsAre("1", "2", "3"));
    Publish("-q 1 -t a -m 4");
    EXPECT_THAT(WithoutTimeout(Receive("member", "$share/group/a")), ElementsAre("4"));
}

TEST_F(PluginSessionTest, AnyMemberOfAGroupTakesWhatTheGroupIsOwed) {
    StartBroker();
    MakeSession("one", "$share/group/a");
    MakeSession("two", "$share/group/a");
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m x");
    EXPECT_THAT(WithoutTimeout(Receive("two", "$share/group/a")), ElementsAre("x"));
    EXPECT_THAT(WithoutTimeout(Receive("one", "$share/group/a")), ElementsAre());
}

TEST_F(PluginSessionTest, WhoUnsubscribedOrBeganAnewIsOwedNothing) {
    StartBroker();
    MakeSession("leaver", "$share/group/a");
    Shell(fmt::format(
        "mosquitto_sub -V mqttv5 -p {} -i leaver -c -x 100000 -t b -U '$share/group/a' -E",
        broker_->port()
    ));
    MakeSession("anew", "$share/other/a");
    Shell(fmt::format("mosquitto_sub -V mqttv5 -p {} -i anew -t b -E", broker_->port()));
    broker_->Stop();
    Restart();
    Publish("-q 1 -t a -m x");
    EXPECT_THAT(WithoutTimeout(Receive("leaver", "$share/group/a")), ElementsAre());
    EXPECT_THAT(WithoutTimeout(Receive("anew", "$share/other/a")), ElementsAre());
}

}  // namespace
}  // namespace tilth
