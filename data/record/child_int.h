/*
 * What the parts of child.h share: the command and its channels. A channel is a pipe (or the master of a
 * terminal) that the command writes into, and the sink that its bytes go on to.
 */
#pragma once

#include "data/record/child.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <termios.h>

/* --- sinks: our own standard output and standard error (child_sink.c) ----------------------------------- */

/* Writing never blocks, and never changes a flag that others would see: the description behind the descriptor
 * is not ours. */
enum child_sink_kind {
    SINK_NONE,   /* closed for us too */
    SINK_DIRECT, /* files: a write that waits for nobody */
    SINK_OWN,    /* a pipe or terminal, opened anew without blocking */
    SINK_SOCKET, /* MSG_DONTWAIT */
    SINK_PIECES, /* what cannot be opened anew: as much as poll says will not block */
};

struct child_sink {
    enum child_sink_kind kind;
    int fd;       /* to write to */
    int own;      /* to close at the end; -1: none */
    dev_t device; /* where it leads to */
    ino_t inode;
};

void child_sink_open(struct child_sink *sink, int fd);
void child_sink_close(struct child_sink *sink);
/* it can be full, and epoll says when it no longer is */
bool child_sink_can_wait(const struct child_sink *sink);
/* How many bytes were taken: 0 where none can be now, -1 where none ever will be, with errno 0 where that is
 * because nobody reads them any more. */
ssize_t child_sink_write(const struct child_sink *sink, const char *bytes, size_t n);

/* --- channels (child_channel.c) ------------------------------------------------------------------------- */

struct child_channel {
    enum child_stream stream;
    struct child_sink sink;
    int in;           /* where the command's bytes come from; -1: none, or it has ended */
    int out;          /* the command's end; -1: not open here */
    char *bytes;      /* CHILD_OUTPUT_MAX */
    size_t from, len; /* of bytes: read, not yet passed on */
    bool is_ready;    /* there may be something to read */
    bool is_blocked;  /* the sink is full */
    bool is_terminal; /* in is a master, and out (or the pty) holds its slave until the command has ended */
    int64_t total;    /* passed on */
    int lost_errno;   /* why the sink took no more; 0: it did, or nobody reads it */
    int64_t rest;     /* once the command has ended: bytes of it that are still to be read */
};

/* One read, into the empty buffer: the number of bytes, 0 where there is nothing now, -1 where there never
 * will be. */
ssize_t child_channel_read(struct child_channel *channel, size_t n);
/* Passes on what was read. False where the sink is full. A sink that is gone closes the channel, as the
 * command would see it. */
bool child_channel_pass(struct child_channel *channel, const struct child_watch *watch);
void child_channel_close(struct child_channel *channel); /* the command gets EPIPE from now on */
static inline bool child_channel_has_bytes(const struct child_channel *channel)
{
    return channel->from < channel->len;
}

/* --- two channels to one place (child_order.c) ---------------------------------------------------------- */

/* The exact order of two pipes, from the order in which the kernel reports them: see child_order.c. */
struct child_order {
    bool is_on;
    int epoll;                      /* borrowed; both pipes are in it, edge-triggered */
    struct child_channel *channels; /* borrowed, both; a channel's stream is its index */
    int plugs[2];      /* descriptors that write into the pipes without blocking; -1: none to be had */
    int streaming;     /* the channel that has a large pipe while the other one is plugged; -1: none */
    int plugged;       /* the channel whose next packet is our plug; -1: none */
    int last;          /* channel of the last packet */
    unsigned row;      /* packets of it in a row */
    unsigned patience; /* how many of them it takes to stream */
    int64_t streamed;  /* bytes since the stream began */
    int64_t until;     /* monotonic ns: when the other channel gets its turn, come what may */
};

enum { ORDER_DRY_NS = 200 * 1000 }; /* without a byte for so long, and a stream is over */

/* Makes both pipes of the channels, and puts them into the epoll with their index as data. */
enum err_code child_order_start(struct child_order *order, int epoll, struct child_channel *channels,
                                struct err *err);
/* n bytes were read from the channel: false where it is our own plug, to be thrown away. May begin a
 * stream. */
bool child_order_saw(struct child_order *order, int channel, size_t n);
bool child_order_is_due(const struct child_order *order); /* the stream has lasted long enough */
/* Ends the stream; to be called right after all was read. False where more has come since: read, and call
 * again. */
bool child_order_leave(struct child_order *order);
/* the command has ended: no plug, no large pipe, no write end of ours */
void child_order_end(struct child_order *order);

/* --- signals (child_signal.c) --------------------------------------------------------------------------- */

struct child_signals {
    int fd;        /* signalfd of all */
    sigset_t mask; /* inherited */
    struct sigaction on_child, on_pipe;
};

enum err_code child_signals_take(struct child_signals *signals, struct err *err);
void child_signals_restore(const struct child_signals *signals); /* in the command, before exec */
/* Sends what came to us on to a process, with its value where it has one. */
void child_signals_forward(const struct signalfd_siginfo *info, pid_t to);
bool child_signals_is_interruption(int signal);

/* --- whether it was interrupted (child_interruption.c) -------------------------------------------------- */

struct child_interruption {
    int asked_to_end; /* the first SIGTERM or SIGHUP; 0: none */
    int key;          /* the last SIGINT or SIGQUIT; 0: none */
    int64_t key_ns;   /* when */
};

void child_interruption_note(struct child_interruption *interruption, int signal, int64_t now_ns);
/* What interrupted a command that ended so and now; 0: nothing. */
int child_interruption_of(const struct child_interruption *interruption, const struct child_end *end,
                          int64_t now_ns);

int64_t child_now_ns(void);                    /* monotonic */
bool child_signals_is_of_terminal(int signal); /* one that a terminal sends to its whole foreground group */
/* Stops this process by that signal and returns when it has been continued. False where it was not stopped:
 * the kernel stops no group that nobody would continue. */
bool child_signals_stop_here(int signal);

/* --- who else got it (child_witness.c) ------------------------------------------------------------------ */

struct child_witness {
    int socket; /* -1: there is none, and nothing was ever seen */
    pid_t pid;
};

/* Every signal must be blocked. */
void child_witness_start(struct child_witness *witness);
void child_witness_end(struct child_witness *witness);
/* The signal was sent to our whole group as well. Forgets it. */
bool child_witness_saw(const struct child_witness *witness, int signal);
/* That process has a handler for it, so that twice is not as once. */
bool child_witness_is_caught(pid_t pid, int signal);

/* --- starting (child_start.c) --------------------------------------------------------------------------- */

enum { CHILD_NOT_FOUND = 127, CHILD_NOT_EXECUTABLE = 126 };

struct child_start {
    const struct child_options *options;
    const struct child_signals *signals;
    int std[3];      /* what the command gets as 0, 1 and 2; -1: what we have */
    unsigned closed; /* bit i: descriptor i was closed when we were started, so it is for the command */
    pid_t recorder;  /* us */
};

/* Descriptors 0 to 2 that are closed get /dev/null, so that nothing of ours can land on them; returns
 * which. */
unsigned child_start_fill(void);
/* Forks and executes. *start_errno says why it could not be executed; 0 where it runs. */
enum err_code child_start(const struct child_start *start, pid_t *pid, int *start_errno, struct err *err);
/* In a new process: ends with its parent. Whoever sends that one SIGKILL means the command, and it cannot be
 * handed on. */
void child_start_die_with(pid_t parent);
/* In a new process: becomes the command, or writes errno to failed_fd and ends. */
_Noreturn void child_start_become(const struct child_start *start, int failed_fd);

/* In a new process: closes everything above 2 but these; standard input to output are not touched. */
void child_fds_keep(const int *kept, int count);
/* Here, once the command runs: what it was given is the command's alone. Kept open by us as well, it would
 * not be closed where the command closes it. (Whatever is ours closes on exec. Standard output and error are
 * what we pass on to.) */
void child_fds_hand_over(void);
/* An open descriptor leads nowhere from now on, and its number stays taken. */
void child_fd_void(int fd);

/* --- what comes after (child_pump.c) -------------------------------------------------------------------- */

/* Leaves a process behind that passes on what descendants still write to these channels, where there are any
 * that can. It keeps `held` (-1: none) open as long. */
void child_pump_leave_behind(struct child_channel channels[2], int held);

/* --- the terminal (child_pty.c) and the session behind it (child_monitor.c) ----------------------------- */

/* What the monitor says. */
enum child_word_kind { WORD_STARTED, WORD_FAILED, WORD_STATUS };
struct child_word {
    enum child_word_kind kind;
    pid_t pid; /* of the command: WORD_STARTED */
    int value; /* errno: WORD_FAILED; as of waitpid: WORD_STATUS */
    struct rusage usage;
};

struct child_pty {
    int tty; /* the terminal that we were started on */
    int master,
        slave;   /* the command's; the slave is held open, since it may close its own and open it again */
    int monitor; /* socket to it; -1: it has gone */
    struct termios before; /* how the terminal is when it is not ours */
    struct termios given;  /* how the slave was at first */
    bool is_raw;           /* every byte of the terminal goes to the command */
    /* the command reads it or set it. Not from the start where somebody else of our group may be reading */
    bool is_wanted;
    bool starts_in_foreground; /* the command, on its terminal */
    char typed[4096];          /* not yet taken by the command */
    size_t typed_from, typed_len;
};

/* False where standard output is no terminal, or no other is to be had. */
bool child_pty_open(struct child_pty *pty);
void child_pty_close(struct child_pty *pty);   /* gives the terminal back */
void child_pty_hang_up(struct child_pty *pty); /* ours has gone, so the command's goes */
/* the command has ended: its descendants alone keep its terminal open */
void child_pty_end(struct child_pty *pty);
bool child_pty_is_same(const struct child_pty *pty, int fd); /* the terminal that we were started on */
/* Another session's is never made raw: the command reads it itself, and it does to output what it always
 * does. */
bool child_pty_is_of_our_session(const struct child_pty *pty);
bool child_pty_is_foreground(const struct child_pty *pty);
/* before the command is started: takes the terminal where that is right */
void child_pty_begin(struct child_pty *pty);
void child_pty_take(struct child_pty *pty); /* makes it raw, in the foreground only */
void child_pty_give_back(struct child_pty *pty);
/* The command has ended well: as it leaves its terminal, so ours is left, since it would have been the same
 * one. */
void child_pty_leave_as(struct child_pty *pty);
void child_pty_copy_size(const struct child_pty *pty);
void child_pty_copy_size_to(int tty, int master);
/* A terminal to write to in place of that one, for a command that stays in our session: it is asked for its
 * size and its settings and no more. False where there is none to be had. */
bool child_pty_stand_in(int tty, int *master, int *slave);
/* What was typed goes to the command. True where it interrupts: *signal is then SIGINT or SIGQUIT. */
bool child_pty_type(struct child_pty *pty, int *signal);

/* Forks a session leader that holds the slave, and has it start the command. */
enum err_code child_monitor_start(const struct child_start *start, struct child_pty *pty, pid_t *pid,
                                  int *start_errno, struct err *err);
bool child_monitor_hear(struct child_pty *pty,
                        struct child_word *word); /* false: nothing now; a monitor that has gone is -1 */
void child_monitor_continue(const struct child_pty *pty, bool is_foreground);

/* --- while it runs -------------------------------------------------------------------------------------- */

enum { LOOP_HELD = 4 };

struct child_loop {
    const struct child_watch *watch;
    struct child_end *end;
    struct child_signals signals;
    struct child_channel channels[2]; /* by enum child_stream */
    struct child_order order;
    struct child_pty *pty; /* NULL: pipes alone */
    struct child_witness witness;
    struct signalfd_siginfo held[LOOP_HELD]; /* signals that the command may yet turn out to have got */
    int held_count;
    int64_t held_until; /* monotonic ns: when the first of them is handed on */
    unsigned closed;    /* bit i: descriptor i was closed when we were started */
    int epoll;
    pid_t pid;
    int queue[2]; /* in order: channels that have a packet, in the order in which they got it */
    int queued;
    int passing;    /* in order: the channel whose packet is on its way; -1: none */
    int stopped_by; /* the command has been stopped by that, and we are about to be; 0: not */
    struct child_interruption interruption;
    bool is_stopped; /* the command */
    bool has_ended;
    bool is_given_up; /* somebody wants us to end, and the command has */
};

/* Data of the epoll events: channels 0 and 1, their sinks, and the rest. */
enum { LOOP_SINK = 2, LOOP_SIGNALS = 4, LOOP_MONITOR = 5, LOOP_TTY = 6 };

/* Bytes (child_bytes.c). */
void child_bytes_came(struct child_loop *loop, int channel); /* an event of the channel */
void child_bytes_serve(struct child_loop *loop);             /* some; signals want to be looked at, too */
void child_bytes_run_dry(struct child_loop *loop);           /* nothing has come for a while */
/* What it wrote before it stopped or ended is to be seen before that is: a terminal tells of its bytes late,
 * but has them all when it is read. */
void child_bytes_look_again(struct child_loop *loop);
/* what is in the pipes now it wrote; what comes later others wrote */
void child_bytes_end(struct child_loop *loop);
bool child_bytes_have_work(const struct child_loop *loop);
bool child_bytes_are_blocked(const struct child_loop *loop);
bool child_bytes_are_through(const struct child_loop *loop); /* after the end: nothing of it is left */

/* The command's state (child_status.c). */
void child_status_look(struct child_loop *loop); /* it may have changed */
void child_status_stop_as_well(struct child_loop *loop);
/* on its terminal: to the foreground or back, as we are */
void child_status_continue(struct child_loop *loop);

/* What comes to us (child_take.c). */
void child_take_signals(struct child_loop *loop);
void child_take_held(struct child_loop *loop); /* those that have waited long enough */
void child_take_keys(struct child_loop *loop);

/* The wait (child_loop.c). */
void child_loop_watch(struct child_loop *loop, int fd, uint32_t events, uint32_t what);
/* Until the command has ended and what it had written by then has been passed on (or nobody wants to wait for
 * that). */
void child_loop_run(struct child_loop *loop);
