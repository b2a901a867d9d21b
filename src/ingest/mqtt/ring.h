// A first-in first-out queue that allocates only when it grows (std::deque allocates as it moves).
#pragma once

#include <cstddef>
#include <vector>

namespace tilth::mqtt {

template <class T>
class Ring {
  public:
    bool empty() const { return size_ == 0; }
    size_t size() const { return size_; }

    T& front() { return slots_[first_]; }
    T& operator[](size_t i) { return slots_[(first_ + i) & (slots_.size() - 1)]; }
    const T& operator[](size_t i) const { return slots_[(first_ + i) & (slots_.size() - 1)]; }

    void push_back(const T& value) {
        if (size_ == slots_.size()) Grow();
        ++size_;
        (*this)[size_ - 1] = value;
    }
    void pop_front() {
        first_ = (first_ + 1) & (slots_.size() - 1);
        --size_;
    }
    void clear() { first_ = size_ = 0; }

  private:
    void Grow() {
        std::vector<T> larger(slots_.empty() ? 64 : 2 * slots_.size());  // a power of two
        for (size_t i = 0; i < size_; ++i) larger[i] = (*this)[i];
        slots_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> slots_;
    size_t first_ = 0;
    size_t size_ = 0;
};

}  // namespace tilth::mqtt
