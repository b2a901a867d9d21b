// The configuration of a lab: which messages and files mean what. One numbered, immutable version
// at a time. It is pure data; codec/site_yaml.h reads it from YAML.
#pragma once

#include "model/datastream.h"
#include "model/observation.h"

#include <string>
#include <vector>

namespace tilth {

/// How a raw number becomes a value: a named probe polynomial, an own polynomial or a lookup table.
/// soil/calibration.h gives the meaning and checks it.
struct CalibrationSpec {
    std::string name;  ///< "teros12-mineral", "topp", "polynomial", "table"; empty: none
    std::vector<double> coefficients;               ///< of a polynomial, constant term first
    std::vector<std::pair<double, double>> points;  ///< of a table, x rising
};

/// What one channel of a device means between two dates.
struct ChannelConfig {
    std::string device;     ///< Key in the messages.
    std::string channel;    ///< Name in the messages: "value", "vwc_5cm"
    Datastream datastream;  ///< Where its readings go.
    std::string unit;       ///< Unit as sent; empty: the datastream's own.
    CalibrationSpec calibration;
    TimeRange valid;  ///< Installation and removal, by phenomenon time.
};

/// A format of messages for the topics that match a filter.
struct MessageMapping {
    std::string topic_filter;     ///< MQTT filter with + and #; the first that matches applies.
    std::string format = "auto";  ///< auto | json | senml
    std::string device_field;  ///< JSON field with the device key; empty: "device", "name" or "id",
                               ///< whichever is there
    int device_level = -1;   ///< Or: level of the topic (0 first) that is the device key; -1: none
    std::string time_field;  ///< empty: "time", "timestamp" or "ts"
    std::string time_unit = "s";  ///< of numeric times: s | ms | us
    std::string number_field;     ///< the payload's own counter; empty: "seq", "fcnt" or "number"
    std::vector<std::string> ignore;  ///< fields that are no readings
};

/// A value computed from others of the same thing.
struct Derivation {
    Datastream datastream;  ///< Where its results go; derived is true.
    std::string kind;       ///< "matric_potential" (by retention) | "degree_of_saturation"
    std::string source;     ///< Datastream::name of the water content it is made from
    /// van Genuchten parameters: theta_r, theta_s (m3/m3), alpha (1/kPa), n.
    double theta_r = 0;
    double theta_s = 0;
    double alpha = 0;
    double n = 0;
    std::string texture;  ///< Or: a texture class (soil/texture.h) whose mean parameters apply;
                          ///< empty: the numbers do.
};

/// Numbers computed apart and frozen with a configuration version, that tests compare with.
struct NamedStatistic {
    std::string name;        ///< "cadence", "climatology/june"
    std::string datastream;  ///< Datastream::name; empty: every one
    double value = 0;        ///< Seconds for times, else the datastream's unit.
};

struct SiteConfig {
    std::string name;  ///< Of the site.
    Location location;
    std::string profile = "soil";  ///< Default QC profile.
    std::vector<Thing> things;
    std::vector<ChannelConfig> channels;
    std::vector<MessageMapping> mappings;
    std::vector<Derivation> derivations;
    std::vector<NamedStatistic> statistics;
    uint32_t max_devices = 100'000;  ///< How many devices may register themselves,
    uint32_t max_channels = 1'000;   ///< and how many channels of one device.
};

}  // namespace tilth
