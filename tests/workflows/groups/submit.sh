#!/bin/sh
# A cluster of one machine: start the job script in the background, print its process id as the job id.
"$1" > /dev/null 2>&1 &
echo $!
