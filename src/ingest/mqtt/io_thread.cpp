#include "ingest/mqtt/io_thread.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace tilth::mqtt {

struct IoThread::State {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        io.get_executor()};
};

IoThread::IoThread() : state_(std::make_unique<State>()), thread_([this] { state_->io.run(); }) {}

IoThread::~IoThread() {
    state_->work.reset();
    state_->io.stop();
    thread_.join();
}

boost::asio::io_context& IoThread::context() {
    return state_->io;
}

}  // namespace tilth::mqtt
