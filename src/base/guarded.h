// Data and its lock as one object: the data can be reached only while the lock is held.
#pragma once

#include <mutex>
#include <utility>

namespace tilth {

template <class T>
class Guarded {
  public:
    template <class... Args>
    explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

    /// Runs f(value) under the lock and returns what f returns. f must not keep a reference.
    template <class F>
    decltype(auto) With(F&& f) {
        const std::scoped_lock lock(mutex_);
        return std::forward<F>(f)(value_);
    }
    template <class F>
    decltype(auto) With(F&& f) const {
        const std::scoped_lock lock(mutex_);
        return std::forward<F>(f)(std::as_const(value_));
    }

  private:
    mutable std::mutex mutex_;
    T value_;
};

}  // namespace tilth
