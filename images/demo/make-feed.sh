#!/bin/sh
# make-feed.sh CLIPS OUT: twenty seconds of a news programme out of real clips,
# as a contribution encoder would send them (MPEG-TS, H.264, AAC), made to loop:
# the report (10 s) and the interview (4 s) fit into it whole times, and so does the ticker.
# Room is left for what the channel burns in: its name above, the clock below the report.
set -eu
clips=$1 out=$2
font=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf
ticker='TELSTAR DEMO FEED  •  this picture travels over SRT, is encrypted with its own key and kept for seven days  •  '

ffmpeg -nostdin -hide_banner -loglevel error -y \
    -stream_loop -1 -i "$clips/bikes.mp4" \
    -stream_loop -1 -i "$clips/carphone_pristine.mp4" \
    -stream_loop -1 -i "$clips/bigbuckbunny.mp4" \
    -filter_complex "
        [0:v]fps=25,scale=640:272,setsar=1,pad=640:360:0:26:color=0x0b1d3a[report];
        [1:v]fps=25,scale=176:144,setsar=1,pad=180:148:2:2:color=white[interview];
        [report][interview]overlay=448:38,
        drawbox=x=0:y=336:w=640:h=24:color=0xb3122a:t=fill,
        drawtext=fontfile=$font:text='$ticker$ticker':fontsize=15:fontcolor=white:y=341:x='-mod(t\,20)/20*text_w/2',
        format=yuv420p[picture];
        [2:a]aresample=48000,aformat=channel_layouts=stereo,volume=0.5[sound]" \
    -map '[picture]' -map '[sound]' -t 20 \
    -c:v libx264 -preset medium -b:v 900k -maxrate 1200k -bufsize 1200k -g 50 -bf 0 \
    -c:a aac -b:a 96k -f mpegts "$out"
