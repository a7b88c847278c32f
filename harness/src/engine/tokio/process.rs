//! One node of the cluster as a process of its own, over all its incarnations.

use std::fs::{self, File};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use broker::server::lay_out;
use broker::{Micros, NodeId, Observed, StoredFile};
use rustix::process::{Pid, Signal, kill_process};

use crate::engine::stopping::{After, Stopping};

/// Where a process finds what it needs.
pub struct Surroundings<'a> {
    /// The program that has the verb `broker`.
    pub program: &'a Path,
    /// The cluster file.
    pub cluster: &'a Path,
    /// Where every node listens.
    pub addresses: &'a [(NodeId, SocketAddr)],
    /// The folder of the run, which the last process takes along should the lab be killed.
    pub run: &'a Path,
}

/// A node's process. Dropped, it is killed.
pub struct Process {
    node: NodeId,
    folder: PathBuf,
    child: Option<Child>,
    stopping: Stopping,
    incarnations: u64,
    observations: Option<File>,
    /// The beginning of a line whose end is not written yet.
    unfinished: Vec<u8>,
}

impl Process {
    /// A process that is not running yet, with a folder of its own.
    pub fn new(node: NodeId, run: &Path, disk: &[StoredFile]) -> io::Result<Self> {
        let folder = run.join(node.to_string());
        fs::create_dir(&folder)?;
        if !disk.is_empty() {
            lay_out(&folder.join("data"), disk)?;
        }
        Ok(Process {
            node,
            folder,
            child: None,
            stopping: Stopping::default(),
            incarnations: 0,
            observations: None,
            unfinished: Vec::new(),
        })
    }

    /// Which incarnation the next one is, from 0.
    pub fn incarnations(&self) -> u64 {
        self.incarnations
    }

    pub fn is_up(&self) -> bool {
        self.child.is_some()
    }

    /// Starts it on its folder.
    pub fn start(&mut self, at: &Surroundings<'_>, seed: u64) -> io::Result<()> {
        let listen = at.addresses.iter().find(|(node, _)| *node == self.node).map(|&(_, address)| address);
        let listen = listen.ok_or(io::ErrorKind::AddrNotAvailable)?;
        let mut command = Command::new(at.program);
        command.arg("broker").arg("--with-parent").arg(at.run).arg("--cluster").arg(at.cluster);
        command.arg("--node").arg(self.node.0.to_string()).arg("--listen").arg(listen.to_string());
        command.arg("--data").arg(self.folder.join("data")).arg("--observe").arg(self.observed());
        command.arg("--seed").arg(seed.to_string());
        for (peer, address) in at.addresses.iter().filter(|(peer, _)| *peer != self.node) {
            command.arg("--peer").arg(format!("{}={address}", peer.0));
        }
        let errors = File::options().append(true).create(true).open(self.folder.join("errors"))?;
        // In a group of its own: Ctrl-C is for the lab, which then ends its processes.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(errors).process_group(0);
        self.child = Some(command.spawn()?);
        self.incarnations += 1;
        Ok(())
    }

    /// SIGTERM, if it is up; says whether it is.
    pub fn terminate(&mut self, now: Micros) -> bool {
        let told = self.signal(Signal::TERM);
        if told {
            self.stopping.ask(now);
        }
        told
    }

    /// Has it started again when it has stopped; says whether it is stopping at all.
    pub fn start_again(&self) -> bool {
        self.stopping.start_again()
    }

    /// What comes next, if it was asked to stop and has stopped by now, or has its grace behind it and is killed.
    pub fn stopped(&mut self, now: Micros) -> io::Result<Option<After>> {
        let (Some(due), Some(child)) = (self.stopping.due(), &mut self.child) else { return Ok(None) };
        if child.try_wait()?.is_none() && now < due {
            return Ok(None);
        }
        let after = self.stopping.end();
        self.kill();
        Ok(Some(after))
    }

    /// SIGKILL, and waits until it is gone; what it appended stays. Says whether it was killed by that.
    pub fn kill(&mut self) -> bool {
        self.stopping.end();
        let Some(mut child) = self.child.take() else { return false };
        // Fails only where the child is gone, which is what it is for.
        let _ = child.kill();
        child.wait().is_ok_and(|status| status.signal() == Some(Signal::KILL.as_raw()))
    }

    /// SIGSTOP: it stands still and knows nothing of it. Says whether there was somebody to stop.
    pub fn pause(&self) -> bool {
        self.signal(Signal::STOP)
    }

    /// SIGCONT.
    pub fn resume(&self) -> bool {
        self.signal(Signal::CONT)
    }

    /// Fails only where the child is gone; that is noticed elsewhere.
    fn signal(&self, signal: Signal) -> bool {
        self.child.as_ref().is_some_and(|child| kill_process(Pid::from_child(child), signal).is_ok())
    }

    /// What it has observed since the last time.
    pub fn news(&mut self, news: &mut Vec<Observed>) -> io::Result<()> {
        if self.observations.is_none() && self.observed().exists() {
            self.observations = Some(File::open(self.observed())?);
        }
        let Some(observations) = &mut self.observations else { return Ok(()) };
        observations.read_to_end(&mut self.unfinished)?;
        let Some(end) = self.unfinished.iter().rposition(|&byte| byte == b'\n') else { return Ok(()) };
        let rest = self.unfinished.split_off(end + 1);
        for line in self.unfinished.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            news.push(serde_json::from_slice(line)?);
        }
        self.unfinished = rest;
        Ok(())
    }

    /// Why it ended by itself, if it did: how, and the last it had to say. One that was asked to stop does not end by itself.
    pub fn obituary(&mut self) -> io::Result<Option<String>> {
        if self.stopping.due().is_some() {
            return Ok(None);
        }
        let Some(child) = &mut self.child else { return Ok(None) };
        let Some(status) = child.try_wait()? else { return Ok(None) };
        self.child = None;
        let said = fs::read_to_string(self.folder.join("errors"))?;
        Ok(Some(format!("{status}; it said: {}", said.lines().last().unwrap_or("nothing"))))
    }

    fn observed(&self) -> PathBuf {
        self.folder.join("observed.jsonl")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
