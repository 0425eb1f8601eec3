/* cpgbench [OTHERS]   the measurement of test/msgbench for Corosync's closed process groups: with OTHERS, the number of nodes that
 * answer, this process measures what standard input asks for, "SIZE ROUNDS SECONDS", and prints for each line
 * "corosync-cpg NODES SIZE RATE OWN OWN99 ANSWER ANSWER99 SENT ARRIVED WRONG" (messages a second, microseconds); without, it answers.
 * cc -O2 -o cpgbench cpgbench.c -lcpg
 */
#include <corosync/cpg.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct head {
	char kind; /* l load, e end, t total, p ping, o pong */
	uint64_t number;
};

static cpg_handle_t group;
static unsigned int self;
static int members;
static uint64_t counted, expected, own_loads, total, reply;
static int out_of_order, own_copies, pongs, totals, wrong;
static int answers;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static cs_error_t say(char kind, uint64_t number, size_t size)
{
	static char filler[1 << 20];
	struct head h = { kind, number };
	struct iovec parts[2] = { { &h, sizeof h }, { filler, size > sizeof h ? size - sizeof h : 0 } };
	return cpg_mcast_joined(group, CPG_TYPE_AGREED, parts, parts[1].iov_len ? 2 : 1);
}

static void insist(char kind, uint64_t number, size_t size)
{
	while (say(kind, number, size) == CS_ERR_TRY_AGAIN)
		cpg_dispatch(group, CS_DISPATCH_ONE_NONBLOCKING);
}

static void deliver(cpg_handle_t handle, const struct cpg_name *name, uint32_t node, uint32_t pid, void *msg, size_t len)
{
	struct head h;
	(void)handle; (void)name; (void)pid; (void)len;
	memcpy(&h, msg, sizeof h);
	if (node == self) {
		if (h.kind == 'l')
			own_loads++;
		else
			own_copies++;
		return;
	}
	switch (h.kind) {
	case 'l':
		if (h.number != expected && out_of_order < 0xffff)
			out_of_order++;
		expected = h.number + 1;
		counted++;
		break;
	case 'e':
		reply = counted << 16 | out_of_order;
		counted = expected = out_of_order = 0;
		answers |= 1;
		break;
	case 'p': answers |= 2; break;
	case 't':
		if (!totals++ || (h.number >> 16) < total)
			total = h.number >> 16;
		wrong += h.number & 0xffff;
		break;
	case 'o': pongs++; break;
	}
}

static void change(cpg_handle_t handle, const struct cpg_name *name, const struct cpg_address *all, size_t count,
		   const struct cpg_address *left, size_t nleft, const struct cpg_address *joined, size_t njoined)
{
	(void)handle; (void)name; (void)all; (void)left; (void)nleft; (void)joined; (void)njoined;
	members = count;
}

static void wait_some(void)
{
	int fd;
	struct pollfd p;
	cpg_fd_get(group, &fd);
	p.fd = fd;
	p.events = POLLIN;
	poll(&p, 1, 1000);
	cpg_dispatch(group, CS_DISPATCH_ALL);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

#define MOST_ROUNDS 10000

static void measure(int others, size_t size, int rounds, double seconds)
{
	static double own[MOST_ROUNDS], answer[MOST_ROUNDS];
	double start, took, begin = now();
	uint64_t sent = 0;
	int n = 0;
	for (; n < rounds && n < MOST_ROUNDS && (!n || now() - begin < seconds); n++) {
		int have_own = 0;
		own_copies = pongs = 0;
		start = now();
		insist('p', 0, size);
		while (pongs < others || !have_own) {
			wait_some();
			if (own_copies && !have_own) {
				have_own = 1;
				own[n] = now() - start;
			}
		}
		answer[n] = now() - start;
	}
	own_loads = totals = wrong = 0;
	start = now();
	while (now() - start < seconds) {
		cs_error_t e = sent - own_loads < 5000 ? say('l', sent, size) : CS_ERR_TRY_AGAIN;
		if (e == CS_OK)
			sent++;
		else
			cpg_dispatch(group, CS_DISPATCH_ALL);
		if (sent % 16 == 0)
			cpg_dispatch(group, CS_DISPATCH_ALL);
	}
	insist('e', 0, 0);
	while (totals < others)
		wait_some();
	took = now() - start;
	qsort(own, n, sizeof own[0], by_size);
	qsort(answer, n, sizeof answer[0], by_size);
	printf("corosync-cpg\t%d\t%zu\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%lu\t%lu\t%d\n", others + 1, size, total / took, own[n / 2] * 1e6,
	       own[n * 99 / 100] * 1e6, answer[n / 2] * 1e6, answer[n * 99 / 100] * 1e6, (unsigned long)sent, (unsigned long)total, wrong);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	cpg_callbacks_t calls = { .cpg_deliver_fn = deliver, .cpg_confchg_fn = change };
	struct cpg_name name = { 5, "bench" };
	int tries = 0;
	while (cpg_initialize(&group, &calls) != CS_OK || cpg_local_get(group, &self) != CS_OK) {
		if (++tries > 300)
			return 1;
		usleep(100000);
	}
	while (cpg_join(group, &name) == CS_ERR_TRY_AGAIN)
		usleep(10000);
	if (argc > 1) {
		int others = atoi(argv[1]), rounds;
		unsigned long size;
		double seconds;
		while (members < others + 1)
			wait_some();
		printf("ready\n");
		fflush(stdout);
		while (scanf("%lu %d %lf", &size, &rounds, &seconds) == 3) {
			cpg_dispatch(group, CS_DISPATCH_ALL); /* what came between two measurements */
			measure(others, size, rounds, seconds);
		}
		return 0;
	}
	for (;;) {
		wait_some();
		if (answers & 1)
			insist('t', reply, 0);
		if (answers & 2)
			insist('o', 0, 0);
		answers = 0;
	}
}
