/*
 * Answers every byte with one cell that changes: what a key takes through the terminal, the scheduler and the bench themselves.
 */
#include <termios.h>
#include <unistd.h>

int main(void)
{
    struct termios line;
    tcgetattr(STDIN_FILENO, &line);
    cfmakeraw(&line);
    tcsetattr(STDIN_FILENO, TCSANOW, &line);
    char frame[] = "\033[20;60H0";
    char byte;
    for (unsigned n = 0;
         write(STDOUT_FILENO, frame, sizeof frame - 1) > 0 && read(STDIN_FILENO, &byte, 1) == 1; n++)
        frame[sizeof frame - 2] = (char)('a' + n % 20);
    return 0;
}
