"""What devices print when `adb_state.observation_script` asks them, made up after documentation.

The forms are those of AOSP's ThermalManagerService and BatteryService of the version named, with
what makers are known to add or to leave out.
"""

from collections.abc import Iterable


def cpu_lines(
    cpus: Iterable[int], governor: str, most: int, capacity: int, limit: int | None = None
) -> str:
    """What `grep -H` prints for some processors of a cluster."""
    folder = "/sys/devices/system/cpu/cpu"
    return "".join(
        f"{folder}{cpu}/cpu_capacity:{capacity}\n"
        f"{folder}{cpu}/cpufreq/scaling_governor:{governor}\n"
        f"{folder}{cpu}/cpufreq/scaling_driver:cpufreq-dt\n"
        f"{folder}{cpu}/cpufreq/scaling_cur_freq:{most // 2}\n"
        f"{folder}{cpu}/cpufreq/scaling_max_freq:{limit or most}\n"
        f"{folder}{cpu}/cpufreq/cpuinfo_max_freq:{most}\n"
        for cpu in cpus
    )


ANDROID_14 = (
    """\
== tflitekit thermal
IsStatusOverride: false
ThermalEventListeners:
	callbacks: 2
	killed: false
	broadcasts count: -1
ThermalStatusListeners:
	callbacks: 4
	killed: false
	broadcasts count: -1
Thermal Status: 1
Cached temperatures:
	Temperature{mValue=48.5, mType=3, mName=VIRTUAL-SKIN, mStatus=2}
HAL Ready: true
HAL connection:
	ThermalHAL AIDL 1  connected: yes
Current temperatures from HAL:
	Temperature{mValue=39.203, mType=3, mName=VIRTUAL-SKIN, mStatus=1}
	Temperature{mValue=61.0, mType=0, mName=BIG, mStatus=0}
	Temperature{mValue=NaN, mType=1, mName=G3D, mStatus=0}
	Temperature{mValue=-99.9, mType=5, mName=PA, mStatus=0}
	Temperature{mValue=87.0, mType=8, mName=soc, mStatus=0}
Current cooling devices from HAL:
	CoolingDevice{mValue=0, mType=0, mName=thermal-cpufreq-0}
Temperature static thresholds from HAL:
	TemperatureThreshold{.type = SKIN, .name = VIRTUAL-SKIN, .hotThrottlingThresholds = [NaN, 39.0]}
== tflitekit battery
Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Dock powered: false
  Max charging current: 500000
  Max charging voltage: 5000000
  Charge counter: 3041000
  status: 2
  health: 2
  present: true
  level: 78
  scale: 100
  voltage: 4180
  temperature: 312
  technology: Li-ion
== tflitekit fixed
== tflitekit files
/sys/devices/system/cpu/online:0-7
"""
    + cpu_lines(range(4), "sched_pixel", 1_803_000, 160)
    + cpu_lines((4, 5), "sched_pixel", 2_348_000, 498)
    + cpu_lines((6, 7), "sched_pixel", 2_850_000, 1024, limit=2_401_000)
    + """\
/proc/stat:cpu  1200 300 500 9000 100 20 30 50 700 0
/proc/loadavg:2.31 1.80 1.50 3/2410 18211
"""
)

MAKER_WITH_MORE_WORDS = """\
== tflitekit thermal\r
IsStatusOverride: false\r
Thermal Status: 0\r
Cached temperatures:\r
 Temperature {mValue=25.3, mType=3, mName=TYPE_SKIN, mStatus=0}\r
HAL Ready: true\r
== tflitekit battery\r
Current Battery Service state:\r
  (UPDATES STOPPED -- use 'reset' to restart)\r
  AC powered: true\r
  status: 5 (Full)\r
  present: true\r
  level: 45\r
  scale: 50\r
  temperature: 28.4\r
  online: 1\r
Battery log:\r
  level: 3\r
  status: 2\r
== tflitekit fixed\r
on\r
== tflitekit files\r
"""

ANDROID_9 = """\
== tflitekit thermal
Can't find service: thermalservice
== tflitekit battery
Current Battery Service state:
  AC powered: false
  USB powered: true
  status: 3
  present: true
  level: 24
  temperature: 401
== tflitekit fixed
== tflitekit files
/sys/class/thermal/thermal_zone0/type:cpu-0-0
/sys/class/thermal/thermal_zone0/temp:45300
/sys/class/thermal/thermal_zone1/type:battery
/sys/class/thermal/thermal_zone1/temp:40
/sys/class/thermal/thermal_zone2/type:cpu-0-0
/sys/class/thermal/thermal_zone2/temp:46100
/sys/class/thermal/thermal_zone3/type:pm8998_tz
/sys/class/thermal/thermal_zone3/temp:-274000
/sys/devices/system/cpu/online:0-3,6
/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq:1766400
"""

REFUSES_EVERYTHING = """\
== tflitekit thermal
Error while accessing log: Permission denied
== tflitekit battery
/system/bin/sh: dumpsys: inaccessible or not found
== tflitekit fixed
== tflitekit files
grep: /proc/stat: Permission denied
"""

SET_TOP_BOX = """\
== tflitekit thermal
Thermal Status: 9
== tflitekit battery
Current Battery Service state:
  AC powered: true
  status: 1
  present: false
  level: 0
  scale: 100
  temperature: 0
== tflitekit fixed
== tflitekit files
/sys/devices/system/cpu/online:0-3
/sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq:<unsupported>
/proc/stat:cpu
/proc/loadavg:
"""
