#include "codec/file_block.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

FileBlock Example() {
    FileBlock block;
    block.header = {
        "csv",
        "a \"quoted\"\nname ü.csv",
        "00112233",
        12'345'678'901,
        7,
        4096,
        true,
        100,
        "Z",
        "plot7",
        "both",
        "a: 1\n"};
    block.head = "time,x\r\n";
    block.rows = std::string("2025-05-01,1\n\0\xff", 15);
    return block;
}

TEST(FileBlock, WhatIsEncodedIsDecoded) {
    const FileBlock block = Example();
    const auto decoded = DecodeFileBlock(EncodeFileBlock(block));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, block);
    EXPECT_EQ(DecodeFileBlockHeader(EncodeFileBlock(block)).value(), block.header);
}

TEST(FileBlock, AnEmptyBlockIsABlock) {
    EXPECT_EQ(DecodeFileBlock(EncodeFileBlock({})).value(), FileBlock{});
}

TEST(FileBlock, TheHeadCountsInTheFirstBlockOnly) {
    FileBlock block = Example();
    EXPECT_EQ(block.FileBytes(), block.rows.size());
    block.header.index = 0;
    EXPECT_EQ(block.FileBytes(), block.head.size() + block.rows.size());
}

TEST(FileBlock, TextThatIsNotUtf8IsKeptPrintable) {
    FileBlock block = Example();
    block.header.file = "a\xff";
    EXPECT_EQ(DecodeFileBlock(EncodeFileBlock(block)).value().header.file, "a\\xff");
}

TEST(FileBlock, RepeatedRowsTakeLittleSpace) {
    FileBlock block = Example();
    for (int i = 0; i < 4096; ++i) block.rows += "2023-07-25 14:00:00,17.47,0.27387847\n";
    EXPECT_LT(EncodeFileBlock(block).size(), block.rows.size() / 20);
}

TEST(FileBlock, EveryDamageIsFound) {
    const std::string payload = EncodeFileBlock(Example());
    for (size_t length = 0; length < payload.size(); ++length) {
        EXPECT_FALSE(DecodeFileBlock(payload.substr(0, length))) << length;
    }
    const size_t content = payload.find("}") + 1;
    for (size_t i = content; i < payload.size(); ++i) {
        std::string damaged = payload;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        const auto decoded = DecodeFileBlock(damaged);
        // Some bits of the frame's header say nothing about the content.
        if (decoded) {
            EXPECT_EQ(*decoded, Example()) << i;
        }
    }
    EXPECT_EQ(DecodeFileBlock("TFB1").error().fault, Fault::kCorrupt);
    EXPECT_FALSE(DecodeFileBlock(std::string("TFB1\xff\xff\xff\xff{}", 10)));
    EXPECT_FALSE(DecodeFileBlock(std::string("TFB1\x02\0\0\0{}", 10)));
}

}  // namespace
}  // namespace tilth::codec
