#include "pipeline/tasks.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace tilth::pipeline {
namespace {

using std::chrono::steady_clock;

constexpr size_t kRemembered = 20;

/// "done", "failed", "cancelled": no more to come.
bool HasEnded(const Task& task) {
    return task.state != "running" && task.state != "waiting";
}

}  // namespace

class Tasks::Impl {
  public:
    Impl() : thread_([this] { Run(); }) {}
    ~Impl() {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    Task Add(std::string kind, std::string name, std::string unit, Work work) {
        const std::scoped_lock lock(mutex_);
        Task task;
        task.id = fmt::format("{}-{}", kind, ++count_);
        task.kind = std::move(kind);
        task.name = std::move(name);
        task.unit = std::move(unit);
        task.state = "waiting";
        tasks_.push_front(task);
        queue_.push_back({task.id, std::move(work)});
        wake_.notify_all();
        return task;
    }

    std::vector<Task> List() const {
        const std::scoped_lock lock(mutex_);
        return {tasks_.begin(), tasks_.end()};
    }

    Result<Task> Find(std::string_view id) const {
        const std::scoped_lock lock(mutex_);
        const auto found = std::ranges::find(tasks_, id, &Task::id);
        if (found == tasks_.end()) return Fail(Fault::kNotFound, "there is no task \"{}\"", id);
        return *found;
    }

  private:
    struct Waiting {
        std::string id;
        Work work;
    };

    void Run() {
        for (;;) {
            Waiting next;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
                if (stop_) return;
                next = std::move(queue_.front());
                queue_.pop_front();
            }
            Do(next);
        }
    }

    void Do(const Waiting& next) {
        const auto start = steady_clock::now();
        Update(next.id, [](Task& task) { task.state = "running"; });
        const Status status = next.work([&](const TaskProgress& progress) {
            const double seconds =
                std::chrono::duration<double>(steady_clock::now() - start).count();
            return Update(next.id, [&](Task& task) { SetProgress(task, progress, seconds); });
        });
        Update(next.id, [&](Task& task) {
            task.seconds_left.reset();
            task.state = status ? "done" : stop_ ? "cancelled" : "failed";
            if (!status) task.message = status.error().message;
        });
        Forget();
    }

    static void SetProgress(Task& task, const TaskProgress& progress, double seconds) {
        task.done = progress.done;
        task.total = progress.total;
        task.message = progress.message;
        task.difference = progress.difference;
        if (seconds <= 0 || progress.done == 0) return;
        task.rate_per_second = static_cast<double>(progress.done) / seconds;
        if (progress.total >= progress.done) {
            task.seconds_left =
                static_cast<double>(progress.total - progress.done) / task.rate_per_second;
        }
    }

    /// Returns whether the work should go on.
    template <class Change>
    bool Update(const std::string& id, Change change) {
        const std::scoped_lock lock(mutex_);
        if (const auto found = std::ranges::find(tasks_, id, &Task::id); found != tasks_.end())
            change(*found);
        return !stop_;
    }

    void Forget() {
        const std::scoped_lock lock(mutex_);
        while (tasks_.size() > kRemembered && HasEnded(tasks_.back())) tasks_.pop_back();
    }

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    uint64_t count_ = 0;
    std::deque<Task> tasks_;
    std::deque<Waiting> queue_;
    std::thread thread_;
};

Tasks::Tasks() : impl_(std::make_unique<Impl>()) {}
Tasks::~Tasks() = default;
Task Tasks::Add(std::string kind, std::string name, std::string unit, Work work) {
    return impl_->Add(std::move(kind), std::move(name), std::move(unit), std::move(work));
}
std::vector<Task> Tasks::List() const {
    return impl_->List();
}
Result<Task> Tasks::Find(std::string_view id) const {
    return impl_->Find(id);
}

}  // namespace tilth::pipeline
