// The functions that Mosquitto looks for in a plugin. Nothing is thrown past them: the process is
// somebody else's.
#include "broker_plugin/mosquitto/plugin.h"

#include <mosquitto_plugin.h>

#include <exception>

namespace {

using tilth::broker_plugin::Plugin;

constexpr int kPluginVersion = 5;

/// Runs `call`; when memory or anything else fails, says so and returns `otherwise`.
template <class Call>
int Guard(int otherwise, Call call) noexcept {
    try {
        return call();
    } catch (const std::exception& error) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "tilth: %s", error.what());
    } catch (...) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "tilth: an unknown exception");
    }
    return otherwise;
}

int OnMessage(int, void* event, void* plugin) noexcept {
    return Guard(MOSQ_ERR_NOMEM, [&] {
        return static_cast<Plugin*>(plugin)->OnMessage(*static_cast<mosquitto_evt_message*>(event));
    });
}

int OnAccess(int, void* event, void* plugin) noexcept {
    return Guard(MOSQ_ERR_SUCCESS, [&] {
        return static_cast<Plugin*>(plugin)->OnAccess(
            *static_cast<const mosquitto_evt_acl_check*>(event)
        );
    });
}

int OnTick(int, void*, void* plugin) noexcept {
    return Guard(MOSQ_ERR_SUCCESS, [&] {
        static_cast<Plugin*>(plugin)->OnTick();
        return MOSQ_ERR_SUCCESS;
    });
}

int Start(
    mosquitto_plugin_id_t* identifier, void** user_data, const mosquitto_opt* options, int count
) {
    tilth::broker_plugin::OptionList list;
    for (int i = 0; i < count; ++i) list.emplace_back(options[i].key, options[i].value);
    auto parsed = tilth::broker_plugin::ParseOptions(list);
    auto plugin = parsed ? Plugin::Start(*parsed) : std::unexpected(parsed.error());
    if (!plugin) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "Error: tilth: %s.", plugin.error().message.c_str());
        return MOSQ_ERR_UNKNOWN;
    }
    Plugin* const running = plugin->release();
    *user_data = running;
    int error =
        mosquitto_callback_register(identifier, MOSQ_EVT_MESSAGE, OnMessage, nullptr, running);
    if (error == 0)
        error = mosquitto_callback_register(identifier, MOSQ_EVT_TICK, OnTick, nullptr, running);
    if (error == 0 && parsed->is_open && parsed->has_journal) {
        error =
            mosquitto_callback_register(identifier, MOSQ_EVT_ACL_CHECK, OnAccess, nullptr, running);
    }
    return error;
}

}  // namespace

extern "C" {

int mosquitto_plugin_version(int count, const int* versions) {
    for (int i = 0; i < count; ++i) {
        if (versions[i] == kPluginVersion) return kPluginVersion;
    }
    return -1;
}

int mosquitto_plugin_init(
    mosquitto_plugin_id_t* identifier, void** user_data, mosquitto_opt* options, int count
) {
    return Guard(MOSQ_ERR_NOMEM, [&] { return Start(identifier, user_data, options, count); });
}

int mosquitto_plugin_cleanup(void* user_data, mosquitto_opt*, int) {
    return Guard(MOSQ_ERR_SUCCESS, [&] {
        const std::unique_ptr<Plugin> plugin(static_cast<Plugin*>(user_data));
        if (plugin != nullptr) plugin->Finish();
        return MOSQ_ERR_SUCCESS;
    });
}
}
