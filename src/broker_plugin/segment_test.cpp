#include "broker_plugin/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tilth::broker_plugin {
namespace {

using testing::HasSubstr;

/// A segment in memory that records are appended to.
class SegmentTest : public testing::Test {
  protected:
    SegmentTest() { bytes_.assign(Encode(header_).data(), kSegmentHeader); }

    size_t Append(uint64_t counter, std::string_view payload) {
        Record record;
        record.qos = 1;
        record.counter = counter;
        record.arrival = 1'700'000'000'000'000;
        record.topic = "field/a";
        record.properties = "\x03\x00\x01t";
        record.payload = payload;
        const size_t at = bytes_.size();
        bytes_.resize(at + EncodedSize(record));
        Encode(record, header_.seed, {bytes_.data() + at, bytes_.size() - at});
        return at;
    }

    /// Payloads of all records that can be read.
    std::string Payloads() {
        auto reader = SegmentReader::Open(bytes_);
        if (!reader) return reader.error().message;
        std::string all;
        while (const auto entry = reader->Next()) all += std::string(entry->record.payload) + " ";
        end_ = reader->end();
        damaged_ = reader->damaged();
        first_damage_ = reader->first_damage();
        return all;
    }

    SegmentHeader header_{3, BrokerRun{11, {12, 13}}, 14, 15};
    std::string bytes_;
    size_t end_ = 0;
    size_t damaged_ = 0;
    size_t first_damage_ = 0;
};

TEST_F(SegmentTest, TheHeaderComesBack) {
    const auto decoded = DecodeHeader(bytes_);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, header_);
}

TEST_F(SegmentTest, ARecordComesBackAsItWas) {
    Record record;
    record.qos = 2;
    record.retain = true;
    record.counter = 5;
    record.arrival = -6;
    record.topic = "t";
    record.properties = std::string_view("p\0q", 3);
    record.payload = std::string_view("\0payload", 8);
    std::string bytes(EncodedSize(record), 'x');
    Encode(record, 99, {bytes.data(), bytes.size()});
    size_t hashed = 0;
    const auto decoded = Decode(bytes, 99, hashed);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->record, record);
    EXPECT_EQ(decoded->size, bytes.size());
    EXPECT_FALSE(Decode(bytes, 98, hashed));
}

TEST_F(SegmentTest, RecordsComeInOrderAndFreeSpaceEndsThem) {
    Append(1, "one");
    Append(2, "");
    Append(3, "three");
    const size_t end = bytes_.size();
    bytes_.resize(64'000);
    EXPECT_EQ(Payloads(), "one  three ");
    EXPECT_EQ(end_, end);
    EXPECT_EQ(damaged_, 0u);
}

TEST_F(SegmentTest, EveryTornTailIsCut) {
    Append(1, "one");
    const size_t whole = bytes_.size();
    Append(2, "two is longer than one");
    const std::string full = bytes_;
    for (size_t size = whole; size < full.size(); ++size) {
        bytes_ = full.substr(0, size);
        bytes_.resize(full.size());  // zeros, as in a file that was made before
        if (bytes_ == full) continue;
        EXPECT_EQ(Payloads(), "one ") << size;
        EXPECT_EQ(end_, whole);
        EXPECT_EQ(damaged_, 0u);
    }
}

TEST_F(SegmentTest, ABadRecordBetweenGoodOnesIsSteppedOver) {
    Append(1, "one");
    const size_t second = Append(2, "two");
    const size_t third = Append(3, "three");
    bytes_[second + kRecordHeader + 1] ^= 1;
    EXPECT_EQ(Payloads(), "one three ");
    EXPECT_EQ(first_damage_, second);
    EXPECT_EQ(damaged_, third - second);
}

TEST_F(SegmentTest, WhatAnEarlierUseOfTheFileLeftIsNotRead) {
    Append(1, "old");
    Append(2, "old too");
    const std::string before = bytes_;
    header_.seed = 77;
    bytes_.assign(Encode(header_).data(), kSegmentHeader);
    Append(1, "new");
    bytes_ += before.substr(bytes_.size());
    EXPECT_EQ(Payloads(), "new ");
}

TEST_F(SegmentTest, DamagedHeadersAreNamed) {
    const std::string good = bytes_;
    bytes_[20] ^= 1;
    EXPECT_THAT(Payloads(), HasSubstr("damaged"));
    bytes_ = good;
    bytes_[0] = 'X';
    EXPECT_THAT(Payloads(), HasSubstr("no journal segment"));
    bytes_ = good.substr(0, 100);
    EXPECT_THAT(Payloads(), HasSubstr("shorter"));
}

TEST_F(SegmentTest, BytesMadeToHashForeverEnd) {
    // At every eighth byte something that looks like a record of the whole rest.
    bytes_.resize(kSegmentHeader + 400'000);
    for (size_t at = kSegmentHeader; at + kRecordHeader <= bytes_.size(); at += 8) {
        const auto rest = static_cast<uint32_t>(bytes_.size() - at) / 8 * 8;
        bytes_[at + 12] = 1;
        for (int i = 0; i < 4; ++i)
            bytes_[at + 8 + static_cast<size_t>(i)] = static_cast<char>(rest >> (8 * i));
    }
    EXPECT_EQ(Payloads(), "");
}

}  // namespace
}  // namespace tilth::broker_plugin
